// The judge of followers finds what there is to find: a small story of a person's log and a topic's that
// is in order, and each way in which it could be wrong.

import assert from 'node:assert';
import { test } from 'node:test';
import { Course } from './course.mjs';
import { judgeFollower } from './follower-judge.mjs';
import { addressOf } from './reader.mjs';

const own = 'ann', topic = addressOf('public:one');

const told = (own_seq, topic_seq) => new Map([[own, own_seq], [topic, topic_seq]]);
const connected = (numbers, state) => ({ event: 'connected', at: 200, numbers, state });
const published = (seq, numbers) => ({ event: 'published', at: 200, address: topic, seq, mark: seq, numbers });
const notified = (seq, numbers) => ({ event: 'new_notification', at: 200, address: own, seq, digest: `d${seq}`, numbers });
const beat = (state) => ({ event: 'heartbeat', at: 200, state });

// Three events of each; the first two of the topic were trimmed at 100.  The follower was cut behind two events.
function tell() {
	const rows = (type) => [1, 2, 3].map((seq) => ({ seq, prev: seq - 1, type, mark: seq, digest: `d${seq}`, count: 0, head: '' }));
	const trims = [{ at: 100, upTo: new Map([[topic, 2]]) }];
	return {
		logs: { [own]: rows('new_notification'), [topic]: rows('published') },
		trims,
		follower: {
			name: 'follower', addresses: [own, topic], door: { hasWholeIds: true },
			visits: [
				{ after: '', told: [connected(told(0, 0), told(0, 0)), published(1, told(0, 1)), notified(1, told(1, 1))] },
				{ after: '1;public:one=1', told: [connected(told(1, 1), told(2, 3)), { event: 'reset', at: 200, address: topic, seq: 3, reason: 'trimmed', numbers: told(1, 3) }, notified(2, told(2, 3)), beat(told(2, 3))] },
				{ after: '2;public:one=3', told: [connected(told(2, 3), told(3, 3)), notified(3, told(3, 3)), { event: 'unread_count', at: 200 }, beat(told(3, 3))] },
			],
		},
	};
}

function judge({ logs, trims, follower }) {
	const counts = { delivered: 0, replayed: 0, resets: 0, visits: 0 };
	return [judgeFollower(follower, (address) => new Course(address, logs[address], trims), counts), counts];
}

test('a story of two logs in order has no finding', () => {
	const [finding, counts] = judge(tell());
	assert.equal(finding, undefined, finding?.text);
	assert.deepEqual(counts, { delivered: 4, replayed: 2, resets: 1, visits: 3, followed: 4 });
});

const wrongs = {
	'an event of the topic is missing': ['lost', ({ follower: { visits } }) => { visits[0].told[1] = published(2, told(0, 2)); }],
	'the last one is missing': ['lost', ({ follower: { visits } }) => visits[2].told.splice(1)],
	'an event comes twice': ['doubled', ({ follower: { visits } }) => visits[2].told.splice(2, 0, visits[2].told[1])],
	'an old event comes again': ['out of order', ({ follower: { visits } }) => visits[2].told.splice(2, 0, visits[1].told[2])],
	'an event of the topic is another than the log has': ['untrue', ({ follower: { visits } }) => { visits[0].told[1].mark = 9; }],
	'a topic is reset for no reason': ['wrong reset', ({ trims }) => { trims[0].at = 300; }],
	'the other log is reset along with it': ['wrong reset', ({ follower: { visits } }) => { visits[1].told[1].address = own; }],
	'a trimmed topic is gone on from in silence': ['untrue', ({ follower: { visits } }) => visits[1].told.splice(1, 1)],
	'an id has another number of the other log': ['untrue', ({ follower: { visits } }) => { visits[0].told[2].numbers = told(1, 0); }],
	'an id has lost a log': ['untrue', ({ follower: { visits } }) => visits[0].told[2].numbers.delete(topic)],
	'connected forgets where it was': ['untrue', ({ follower: { visits } }) => { visits[2].told[0].numbers = told(3, 3); }],
	'connected has no id': ['untrue', ({ follower: { visits } }) => { visits[2].told[0].numbers = undefined; }],
	'a heartbeat says another number': ['untrue', ({ follower: { visits } }) => { visits[2].told[3].state = told(3, 2); }],
	'a follow ends': ['untrue', ({ follower: { visits } }) => visits[2].told.push({ event: 'unfollowed', at: 200 })],
};

for (const [wrong, [kind, change]] of Object.entries(wrongs)) {
	test(wrong, () => {
		const story = tell();
		change(story);
		assert.equal(judge(story)[0]?.kind, kind);
	});
}

// The same by a WebSocket, whose ids are of one log, and which leaves the topic and follows it again.
function tellSocket() {
	const story = tell();
	const answer = (command) => ({ event: 'answer', at: 200, command, status: 200, address: topic });
	const of = (address, seq) => new Map([[address, seq]]);
	story.follower.door = { hasWholeIds: false };
	story.follower.visits = [
		{ after: '', end: 1006, told: [connected(of(own, 0), told(0, 0)), published(1, of(topic, 1)), answer('unfollow'),
			beat(of(own, 0)), notified(1, of(own, 1)), notified(2, of(own, 2)), answer('follow'),
			{ event: 'reset', at: 200, address: topic, seq: 2, reason: 'trimmed' }, beat(told(2, 2))] },
		{ after: '2;public:one=2', told: [connected(undefined, told(3, 3)), notified(3, of(own, 3)), published(3, of(topic, 3)), beat(told(3, 3))] },
	];
	return story;
}

test('a story of a WebSocket in order has no finding', () => {
	const [finding, counts] = judge(tellSocket());
	assert.equal(finding, undefined, finding?.text);
	assert.deepEqual(counts, { delivered: 5, replayed: 2, resets: 1, visits: 2, followed: 5 });
});

const wrongsOfSockets = {
	'it is told of a topic that it left': ['untrue', ({ visits }) => visits[0].told.splice(3, 0, published(2, new Map([[topic, 2]])))],
	'a heartbeat holds a topic that it left': ['untrue', ({ visits }) => { visits[0].told[3].state = told(0, 1); }],
	'what it missed of a topic that it follows again is not told': ['untrue', ({ visits }) => visits[0].told.splice(7, 1)],
	'a command is refused': ['refused', ({ visits }) => { visits[0].told[2].status = 500; }],
	'an answer is to nothing': ['untrue', ({ visits }) => { visits[0].told[2].command = undefined; }],
	'an id is of another event': ['untrue', ({ visits }) => { visits[1].told[1].numbers = new Map([[own, 2]]); }],
	'connected has an id where it goes on': ['untrue', ({ visits }) => { visits[1].told[0].numbers = new Map([[own, 3]]); }],
	'it is closed for a fault of its own': ['refused', ({ visits }) => { visits[0].end = 1002; }],
	'it is not let in': ['refused', (follower) => { follower.refusals = { 401: 1 }; }],
};

for (const [wrong, [kind, change]] of Object.entries(wrongsOfSockets)) {
	test(wrong, () => {
		const story = tellSocket();
		change(story.follower);
		assert.equal(judge(story)[0]?.kind, kind);
	});
}
