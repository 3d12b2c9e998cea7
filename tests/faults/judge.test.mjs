// The judge finds what there is to find: one small story that is in order, and
// each way in which it could be wrong.

import assert from 'node:assert';
import { test } from 'node:test';
import { judge } from './judge.mjs';

const person = 'ann';

// Five notifications; the first two have been trimmed at time 100.
function tell() {
	const rows = [1, 2, 3, 4, 5].map((seq) => ({ seq, type: 'new_notification', digest: `d${seq}`, count: seq, mark: seq, head: '' }));
	const event = (seq) => ({ event: 'new_notification', id: seq, digest: `d${seq}`, at: 200 });
	const count = (seq) => ({ event: 'unread_count', seq, count: seq, at: 200 });
	const reset = (reason, seq) => ({ event: 'reset', id: seq, seq, count: seq, reason, at: 200 });
	const connected = (seq, id) => ({ event: 'connected', id, seq, count: seq, at: 200 });
	return {
		log: new Map([[person, rows]]),
		trims: [{ at: 100, upTo: new Map([[person, 2]]) }],
		ledger: {
			transactions: [
				{ writer: 'w', kept: ['ann 1', 'ann 2'], undone: ['ann 9'], outcome: 'committed' },
				{ writer: 'w', kept: ['ann 8'], undone: [], outcome: 'rolled back' },
				{ writer: 'w', kept: ['ann 3', 'ann 4'], undone: [], outcome: 'unknown' },
				{ writer: 'w', kept: ['ann 6', 'ann 7'], undone: [], outcome: 'unknown' },
			],
			answers: [{ person, seq: 4, unreadCount: 4 }],
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

for (const [wrong, [kind, change]] of Object.entries(wrongs)) {
	test(wrong, () => {
		const story = tell();
		change(story);
		const kinds = judge(story).findings.map((finding) => finding.kind);
		assert.ok(kinds.includes(kind), `${kind} among the findings: ${kinds}`);
	});
}
