// The judge finds what there is to find: one small story that is in order, and
// each way in which it could be wrong.

import assert from 'node:assert';
import { test } from 'node:test';
import { judge } from './judge.mjs';

const person = 'ann';

const FAR = 5_000_000_000;

const row = (seq, prev = seq - 1, count = seq) => ({
	seq, prev, type: 'new_notification', digest: `d${seq}`, count, mark: seq,
	change: { id: seq, isUnread: true, mark: seq }, head: '',
});
const event = (seq) => ({ event: 'new_notification', id: seq, digest: `d${seq}`, at: 200 });
const count = (seq, unread = seq) => ({ event: 'unread_count', seq, count: unread, at: 200 });
const reset = (reason, seq, unread = seq, at = 200) => ({ event: 'reset', id: seq, seq, count: unread, reason, at });
const connected = (seq, id, unread = seq) => ({ event: 'connected', id, seq, count: unread, at: 200 });
const listOf = (rows) => new Map(rows.map(({ change: { id, isUnread, mark } }) => [id, { isUnread, mark }]));

// Five notifications; the first two have been trimmed at time 100.
function tell() {
	const rows = [1, 2, 3, 4, 5].map((seq) => row(seq));
	return {
		log: new Map([[person, rows]]),
		lists: new Map([[person, listOf(rows)]]),
		trims: [{ at: 100, upTo: new Map([[person, 2]]) }],
		ledger: {
			transactions: [
				{ writer: 'w', kept: ['ann 1', 'ann 2'], undone: ['ann 9'], outcome: 'committed' },
				{ writer: 'w', kept: ['ann 8'], undone: [], outcome: 'rolled back' },
				{ writer: 'w', kept: ['ann 3', 'ann 4'], undone: [], outcome: 'unknown' },
				{ writer: 'w', kept: ['ann 6', 'ann 7'], undone: [], outcome: 'unknown' },
			],
			answers: [{ person, seq: 4, unreadCount: 4 }],
			handedOutUpTo: new Map([[person, 5]]),
		},
		readers: [{
			name: 'reader', person: { id: person }, refusals: { 502: 3 },
			visits: [
				{ after: null, told: [connected(0, 0), count(0), event(1)], end: 'cut' },
				{ after: '1', told: [connected(3), reset('trimmed', 3)], end: 'cut' },
				{ after: '99', told: [connected(3), reset('unknown', 3), event(4)], end: 'cut' },
				{ after: '4', told: [connected(5), event(5), count(5)], end: 'end' },
			],
		}],
	};
}

// Three notifications; PostgreSQL is started again, and the fourth has a number far away.  A copy of
// the files is put back that knows three, and the next is 2 × FAR.  One reader had the forgotten
// number, one was away; a third was told nothing before a person's log was mended at 2 × FAR + 5.
function tellOfLeaps() {
	const story = tell();
	const rows = [row(1), row(2), row(3), { ...row(FAR, 3, 4), forgotten: 150 }, row(2 * FAR, 3, 4), row(2 * FAR + 1, 2 * FAR, 5)];
	const living = rows.filter(({ forgotten }) => !forgotten);
	const mended = { seq: 2 * FAR + 5, type: 'mended', at: 180, count: 5, list: listOf(living) };
	const last = row(2 * FAR + 6, 2 * FAR + 5, 6);
	const whole = [event(2 * FAR), event(2 * FAR + 1)], end = [event(last.seq), count(last.seq, 6)];
	story.log = new Map([[person, [...rows, mended, last]]]);
	story.lists = new Map([[person, listOf([...living, last])]]);
	story.trims = [];
	story.ledger = { transactions: [], answers: [], handedOutUpTo: new Map() };
	const reader = (name, ...visits) => ({ name, person: { id: person }, refusals: {}, visits });
	const open = (...told) => ({ after: null, told, end: 'cut' }), back = (after, ...told) => ({ after: String(after), told, end: 'cut' });
	story.readers = [
		reader('forgotten', open(connected(2, 2), event(3), event(FAR)), back(FAR, connected(3), reset('unknown', 3), ...whole, reset('trimmed', mended.seq, 5), ...end)),
		reader('away', open(connected(2, 2), event(3)), back(3, connected(2 * FAR + 1, undefined, 5), ...whole, reset('trimmed', mended.seq, 5), ...end)),
		reader('late', open(connected(3, 3)), back(3, connected(mended.seq, undefined, 5), reset('trimmed', mended.seq, 5), ...end)),
	];
	return story;
}

test('a stream may be cut before the reset has come', () => {
	const story = tell();
	const [, trimmed] = story.readers[0].visits;
	story.readers[0].visits.splice(1, 0, { ...trimmed, told: trimmed.told.slice(0, 1) });
	assert.deepEqual(judge(story).findings, []);
});

test('a story in order has no finding', () => {
	const { findings, counts } = judge(tell());
	assert.deepEqual(findings, []);
	assert.deepEqual(counts, { delivered: 3, replayed: 1, resets: 2, visits: 4 });
});

test('numbers that leap, are forgotten or begun anew are in order where the log and resets say so', () => {
	const { findings, counts } = judge(tellOfLeaps());
	assert.deepEqual(findings, []);
	assert.equal(counts.resets, 4);
});

// What is changed in the story, and what the judge must call it.
const wrongs = {
	'an event is missing': ['lost', ({ readers: [{ visits }] }) => visits[3].told.splice(1, 2)],
	'an event is missing in between': ['lost', ({ readers: [{ visits }] }) => { visits[2].told.pop(); visits[3].after = '3'; }],
	'an event comes twice': ['doubled', ({ readers: [{ visits }] }) => visits[3].told.splice(2, 0, visits[3].told[1])],
	'an old event comes again': ['out of order', ({ readers: [{ visits }] }) => visits[3].told.splice(2, 0, visits[2].told[2])],
	'an event is another than the log has': ['untrue', ({ readers: [{ visits }] }) => { visits[2].told[2].digest = 'x'; }],
	'an event comes before connected': ['untrue', ({ readers: [{ visits }] }) => visits[3].told.reverse()],
	'a trimmed number is gone on from': ['lost', ({ readers: [{ visits }] }) => { visits[1].told = [{ ...visits[1].told[0], id: undefined }, { ...visits[2].told[2], id: 3, digest: 'd3' }]; }],
	'a reset has no reason': ['wrong reset', ({ trims }) => { trims[0].at = 300; }],
	'a reset has the wrong reason': ['wrong reset', ({ readers: [{ visits }] }) => { visits[2].told[1].reason = 'trimmed'; }],
	'no reset follows a number that was never given': ['wrong reset', ({ readers: [{ visits }] }) => visits[2].told.splice(1, 1)],
	'a number that was never given is passed over in silence': ['wrong reset', ({ readers: [{ visits }] }) => { visits[2].told.splice(1, 1); visits[2].told[0].id = 3; }],
	'connected takes the number of the reset behind it': ['wrong reset', ({ readers: [{ visits }] }) => { visits[1].told[0].id = 3; }],
	'a count is wrong': ['wrong count', ({ readers: [{ visits }] }) => { visits[3].told[2].count = 4; }],
	'a count belongs to another number': ['untrue', ({ readers: [{ visits }] }) => { visits[3].told[2].seq = 4; }],
	'the last count is not told': ['wrong count', ({ readers: [{ visits }] }) => { visits[3].told.pop(); visits[3].told[0].count = 4; visits[3].told[0].seq = 4; }],
	'a stream is refused for no reason': ['refused', ({ readers: [reader] }) => { reader.refusals[401] = 1; }],
	'the log has a hole': ['lost', ({ log }) => log.get(person).splice(2, 1)],
	'a committed notification is not in the log': ['lost', ({ ledger }) => ledger.transactions[0].kept.push('ann 10')],
	'a notification is in the log twice': ['doubled', ({ log }) => { log.get(person)[4].mark = 1; }],
	'a rolled back notification is in the log': ['untrue', ({ ledger }) => ledger.transactions[1].kept.push('ann 5')],
	'what a savepoint took back is in the log': ['untrue', ({ ledger }) => ledger.transactions[0].undone.push('ann 5')],
	'half a transaction is in the log': ['lost', ({ ledger }) => ledger.transactions[2].kept.push('ann 11')],
	'the api told a wrong count': ['wrong count', ({ ledger }) => { ledger.answers[0].unreadCount = 3; }],
};

const wrongLeaps = {
	'numbers leap, and the log does not say so': ['lost', ({ log }) => { log.get(person)[4].prev = 2 * FAR - 1; }],
	'numbers leap, and the log names another before': ['lost', ({ log }) => { log.get(person)[4].prev = 2; }],
	'a forgotten number is given again': ['doubled', ({ log }) => { log.get(person).splice(3, 1, { ...row(2 * FAR, 3, 4), forgotten: 150 }); }],
	'a leap is stepped over from a forgotten number': ['lost', ({ readers: [{ visits }] }) => { visits[1].told.splice(1, 1); }],
	'a leap is stepped over from a number that the log does not name': ['lost', ({ readers: [, { visits }] }) => { visits[0].told.pop(); visits[1].after = '2'; }],
	'a reader who could go on over a leap is reset': ['wrong reset', ({ readers: [, { visits }] }) => { visits[1].told.splice(1, 2, reset('trimmed', 2 * FAR + 1, 5, 170)); }],
	'a reader is reset before its number was forgotten': ['wrong reset', ({ readers: [{ visits }] }) => { visits[1].told[1].at = 140; }],
	'a forgotten number is not reset for the right reason': ['wrong reset', ({ readers: [{ visits }] }) => { visits[1].told[1].reason = 'trimmed'; }],
	'a reader with a forgotten number is told nothing': ['lost', ({ readers: [{ visits }] }) => { visits[1].told.splice(1); }],
	'an event comes again after a leap': ['doubled', ({ readers: [, { visits }] }) => { visits[1].told.splice(2, 0, visits[1].told[1]); }],
	'the log is begun anew, and a reader goes on': ['lost', ({ readers: [,, { visits }] }) => { visits[1].told.splice(1, 1); }],
	'a reader is reset before the log was begun anew': ['wrong reset', ({ readers: [,, { visits }] }) => { visits[1].told[1].at = 170; }],
	'the number at which the log was begun anew is told as an event': ['lost', ({ readers: [,, { visits }] }) => {
		visits[1].told.splice(1, 1, { event: 'new_notification', id: 2 * FAR + 5, digest: 'x', at: 200 });
	}],
	'a count at the number at which the log was begun anew is wrong': ['wrong count', ({ readers: [,, { visits }] }) => { visits[1].told[1].count = 4; }],
};

const change = (log, index, type, what) => Object.assign(log.get(person)[index], { type, change: { ids: undefined, ...what } });

// What the events make of a list, and the list that there is.
const wrongLists = {
	'the list has one that was not told': ({ lists }) => { lists.get(person).set(9, { isUnread: true, mark: 9 }); },
	'the list has one less': ({ lists }) => { lists.get(person).delete(3); },
	'one is read, and was not told so': ({ lists }) => { lists.get(person).get(3).isUnread = false; },
	'one was changed, and was not told so': ({ lists }) => { lists.get(person).get(3).mark = 99; },
	'the count of an event is not what the events make': ({ log }) => { log.get(person)[2].count = 4; },
	'one is told as new that is there': ({ log }) => { change(log, 2, 'new_notification', { id: 2, isUnread: true, mark: 2 }); },
	'one is told as changed that is not there': ({ log }) => { change(log, 2, 'notification_changed', { id: 3, isUnread: true, mark: 3 }); },
	'one is told as deleted that is not there': ({ log }) => { change(log, 2, 'notification_deleted', { id: 9 }); },
	'one is told as read that is not there': ({ log }) => { change(log, 2, 'notification_read', { ids: [9] }); },
	'all but one that is read are told as read': ({ log }) => { change(log, 2, 'notification_read', { all: true, except: [9] }); },
};

// What was announced and what was handed out.
const settled = (announced, outcome = 'committed') => ({ writer: 'w', kept: [], undone: [], outcome, announced });
const handed = (claimed, outcome = 'committed') => ({ writer: 'm', kept: [], undone: [], outcome, claimed });
Object.assign(wrongs, {
	'an announcement is not told': ['lost', ({ ledger }) => ledger.transactions.push(settled({ mark: 77, mayEnd: false }))],
	'an announcement is told twice': ['doubled', ({ log, ledger }) => {
		log.get(person)[2].mark = log.get(person)[3].mark = 77;
		ledger.transactions = [settled({ mark: 77, mayEnd: false })];
	}],
	'an announcement that was rolled back is told': ['untrue', ({ ledger }) => ledger.transactions.push(settled({ mark: 5, mayEnd: false }, 'rolled back'))],
	'an announcement that is over is in the list': ['wrong list', ({ ledger }) => ledger.transactions.push(settled({ mark: 5, mayEnd: true, isOver: true }))],
	'a notification is handed out twice': ['doubled', ({ ledger }) => ledger.transactions.push(handed(['ann 5 5']), handed(['ann 4 4', 'ann 5 5']))],
	'a notification is not handed out': ['lost', ({ lists }) => { lists.get(person).get(5).isClaimed = false; }],
});

test('a topic is told no announcement', () => {
	const story = tell();
	story.log.set('\u0001public:one', []);
	story.ledger.transactions.push(settled({ mark: 5, mayEnd: false }));
	assert.deepEqual(judge(story).findings, []);
});

test('what is told, over and handed out as it should be has no finding', () => {
	const story = tell();
	story.ledger.transactions.push(settled({ mark: 5, mayEnd: false }), settled({ mark: 6, mayEnd: true, isOver: true }), settled({ mark: 4, mayEnd: true, isOver: false }), settled({ mark: 7, mayEnd: false }, 'rolled back'),
		handed(['ann 4 4', 'ann 5 5']), handed(['ann 5 9']), handed(['ann 5 5'], 'rolled back'));
	assert.deepEqual(judge(story).findings, []);
	story.log.get(person).push({ ...row(6, 5, 4), type: 'notification_read', mark: null, change: { ids: [5] } }, { ...row(7, 6, 5), type: 'notification_unread', mark: null, change: { ids: [5] } });
	story.readers = [];
	story.ledger.transactions.push(handed(['ann 5 5']));
	assert.deepEqual(judge(story).findings, [], 'it was read in between');
});

test('what is unread only since the rest was handed out need not have been', () => {
	const story = tell();
	story.log.get(person).push({ ...row(6, 5, 4), type: 'notification_read', mark: null, change: { ids: [5] } }, { ...row(7, 6, 5), type: 'notification_unread', mark: null, change: { ids: [5] } });
	story.lists.get(person).get(5).isClaimed = false;
	story.readers = [];
	story.ledger.handedOutUpTo.set(person, 6);
	assert.deepEqual(judge(story).findings, []);
	story.ledger.handedOutUpTo.set(person, 7);
	assert.deepEqual(judge(story).findings.map(({ kind }) => kind), ['lost']);
});

for (const [wrong, spoil] of Object.entries(wrongLists))
	wrongs[wrong] = ['wrong list', spoil];

const stories = [...Object.entries(wrongs).map((entry) => [...entry, tell]), ...Object.entries(wrongLeaps).map((entry) => [...entry, tellOfLeaps])];
for (const [wrong, [kind, change], begin] of stories) {
	test(wrong, () => {
		const story = begin();
		change(story);
		const kinds = judge(story).findings.map((finding) => finding.kind);
		assert.ok(kinds.includes(kind), `${kind} among the findings: ${kinds}`);
	});
}

// Deleted, marked, changed, all read but one: the list is what the events make of it.
test('a list that has seen every kind of event is as the events have it', () => {
	const story = tell();
	const add = (seq, type, unread, what) => story.log.get(person).push({ ...row(seq), type, count: unread, mark: null, change: { ids: undefined, ...what } });
	add(6, 'notification_deleted', 4, { id: 1 });
	add(7, 'notification_read', 2, { ids: [2, 3] });
	add(8, 'notification_changed', 3, { id: 3, isUnread: true, mark: 33 });
	add(9, 'notification_unread', 4, { ids: [2] });
	add(10, 'notification_read', 1, { all: true, except: [4] });
	story.readers = [];
	story.lists.set(person, new Map([[2, { isUnread: false, mark: 2 }], [3, { isUnread: false, mark: 33 }],
		[4, { isUnread: true, mark: 4 }], [5, { isUnread: false, mark: 5 }]]));
	assert.deepEqual(judge(story).findings, []);
});
