// The page of a question, without a page: what is published about it is shown, once, whatever is read meanwhile.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { applyPublished, createThread } from '../../deploy/www/js/thread.js';
import { mockTimers } from '../lib/mock-timers.mjs';

const comment = (id, rest) => ({ id, body: `comment ${id}`, ...rest });
const answer = (id, rest) => ({ id, body: `answer ${id}`, accepted: false, comments: [], ...rest });
const asked = { id: 1, title: 'Why?', comments: [comment(1)], answers: [answer(4), answer(6)], seq: 10 };
const [fourth, sixth] = asked.answers;

const after = (kind, data) => {
	const next = applyPublished(asked, { kind, data });
	return next && { comments: next.comments, answers: next.answers };
};

test('what is published becomes what the page shows', () => {
	const { comments, answers } = asked;
	const { comments: none, ...told } = answer(5);
	assert.deepEqual(after('answer', told), { comments, answers: [fourth, answer(5), sixth] });
	assert.deepEqual(after('comment', comment(9)), { comments: [comment(1), comment(9)], answers });
	const onSixth = comment(9, { answer_id: 6 });
	assert.deepEqual(after('comment', onSixth), { comments, answers: [fourth, answer(6, { comments: [onSixth] })] });
	assert.deepEqual(after('accepted', { answer_id: 6, accepted: true }), {
		comments,
		answers: [answer(6, { accepted: true }), fourth],
	});
	assert.deepEqual(after('accepted', { answer_id: 6, accepted: false }), { comments, answers });
	assert.deepEqual(after('deleted', { answer_id: 4 }), { comments, answers: [sixth] });
	assert.deepEqual(after('deleted', { comment_id: 1 }), { comments: [], answers });
	assert.deepEqual(none, []);
});

test('what does not say enough has the question read', () => {
	for (const [kind, data] of [
		['answer', { id: 5, accepted: false }],
		['comment', { id: 5 }],
		['changed', { question_id: 1 }],
		['something else', {}],
	])
		assert.equal(after(kind, data), null, kind);
});

test('a question that is deleted is gone, and nobody asks for it', async (t) => {
	const { gone, waiting, hear, hearAnswer } = await opened(t);
	hear(11, 'deleted', { question_id: 1 });
	assert.deepEqual([gone.length, waiting.length], [1, 0]);
	hearAnswer(12, 7);
	assert.equal(waiting.length, 0);
});

test('what is published twice is there once', () => {
	const twice = (kind, data) => applyPublished(applyPublished(asked, { kind, data }), { kind, data });
	assert.deepEqual(twice('answer', { id: 5, body: '', accepted: false }).answers.map(({ id }) => id), [4, 5, 6]);
	assert.deepEqual(twice('comment', comment(9)).comments.map(({ id }) => id), [1, 9]);
});

/* A thread that has been read once; answer(question) answers the reading that waits. */
async function opened(t) {
	const shown = [];
	const problems = [];
	const gone = [];
	const waiting = [];
	const thread = createThread({
		read: () => new Promise((resolve, reject) => waiting.push({ resolve, reject })),
		onChange: ({ answers }) => shown.push(answers.map(({ id }) => id)),
		onGone: () => gone.push(true),
		onProblem: ({ status }) => problems.push(status),
	});
	t.after(thread.close);
	const reply = async (how, what) => {
		waiting.shift()[how](what);
		await turn();
	};
	thread.refresh();
	await reply('resolve', asked);
	const hear = (seq, kind, data) => thread.hear({ seq, kind, data });
	const hearAnswer = (seq, id) => hear(seq, 'answer', { id, body: '', accepted: false });
	return { thread, shown, gone, problems, waiting, reply, hear, hearAnswer };
}

test('what was read already is not shown again, and what comes is shown without reading', async (t) => {
	const { shown, waiting, hearAnswer } = await opened(t);
	hearAnswer(10, 6);
	hearAnswer(11, 7);
	hearAnswer(12, 8);
	assert.deepEqual(shown, [[4, 6], [4, 6, 7], [4, 6, 7, 8]]);
	assert.equal(waiting.length, 0);
});

test('an answer from before what was heard takes nothing back', async (t) => {
	const { thread, shown, reply, hearAnswer } = await opened(t);
	thread.refresh();
	hearAnswer(11, 7);
	await reply('resolve', asked);
	assert.deepEqual(shown, [[4, 6], [4, 6, 7]]);
	thread.refresh();
	await reply('resolve', { ...asked, answers: [answer(4)], seq: 12 });
	assert.deepEqual(shown.at(-1), [4]);
	hearAnswer(12, 9);
	assert.deepEqual(shown.at(-1), [4]);
});

test('what has to be read is waited for, with what comes behind it', async (t) => {
	const { shown, reply, hear, hearAnswer } = await opened(t);
	hear(11, 'changed', { answer_id: 4 });
	hearAnswer(12, 7);
	assert.deepEqual(shown, [[4, 6]]);
	await reply('resolve', asked); // the reading for 11, overtaken by the one for 12
	await reply('resolve', { ...asked, answers: [fourth], seq: 11 });
	assert.deepEqual(shown.at(-1), [4, 7]);
});

test('what could not be read is read again', async (t) => {
	const timers = mockTimers(t);
	const { thread, shown, problems, waiting, reply, hear } = await opened(t);
	hear(11, 'changed', {});
	await reply('reject', { status: 0 });
	timers.tick(30_000);
	assert.equal(waiting.length, 1);
	await reply('resolve', { ...asked, answers: [], seq: 11 });
	assert.deepEqual([shown.at(-1), problems], [[], [0]]);
	thread.reset();
	await reply('reject', { status: 503, pause_ms: 5000 });
	timers.tick(4999);
	assert.equal(waiting.length, 0);
	timers.tick(30_000);
	await reply('resolve', { ...asked, seq: 2 });
	assert.deepEqual(shown.at(-1), [4, 6], 'also where numbers begin anew');
});
