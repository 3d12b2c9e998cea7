/*
 * A question with what stands under it, kept current by what is published about it: the last reading of it,
 * and what was heard since, by the number that each of them has.
 */

import { createBackoff } from './backoff.js';

/*
 *   read       async; the question, with the number `seq` up to which it has everything that was published
 *   onChange   told the question when it is another one
 *   onGone     it was deleted
 *   onProblem  told why it could not be read
 * Returns {refresh(), hear(published), reset(), close()}; refresh resolves when it was read, or could not be.
 */
export function createThread({ read, onChange, onGone, onProblem }) {
	const backoff = createBackoff();
	let question = null; /* as it was read last */
	let heard = []; /* what was published behind that, in order */
	let isBehind = false; /* something was told that is to be read */
	let shown = '';
	let reads = 0;
	let again; /* the timer of another try */

	/* Of several answers under way the last one asked for counts. */
	async function refresh() {
		const mine = ++reads;
		clearTimeout(again);
		try {
			const answer = await read();
			if (mine === reads) take(answer);
		} catch (problem) {
			if (mine === reads) fail(problem);
		}
	}

	/* Without numbers each answer is newer than the one before. */
	function take(answer) {
		backoff.reset();
		if (question !== null && answer.seq < question.seq) return;
		question = answer;
		isBehind = false;
		heard = heard.filter(({ seq }) => seq > answer.seq);
		settle();
	}

	function fail(problem) {
		onProblem(problem);
		if (isBehind) again = setTimeout(refresh, (problem.pause_ms ?? 0) + backoff.next());
	}

	function hear(published) {
		if (!(published.seq > question.seq)) return;
		heard.push(published);
		settle();
	}

	function settle() {
		const next = heard.reduce((known, one) => known && applyPublished(known, one), question);
		if (next === null) {
			readSurely();
			return;
		}
		if (next.isGone) {
			onGone();
			return;
		}
		const state = JSON.stringify({ ...next, seq: null });
		if (state === shown) return;
		shown = state;
		onChange(next);
	}

	function readSurely() {
		isBehind = true;
		refresh();
	}

	return {
		refresh,
		hear,
		/* The numbers begin anew. */
		reset() {
			question = { ...question, seq: -1 };
			heard = [];
			readSurely();
		},
		close() {
			reads++;
			clearTimeout(again);
		},
	};
}

const KINDS = {
	/* A long text does not come along. */
	answer(question, answer) {
		if (answer.body === undefined) return null;
		return withAnswers(question, [
			...question.answers.filter(({ id }) => id !== answer.id),
			{ ...answer, comments: [] },
		]);
	},
	comment(question, comment) {
		if (comment.body === undefined) return null;
		const add = (post) => ({
			...post,
			comments: [...post.comments.filter(({ id }) => id !== comment.id), comment],
		});
		if (comment.answer_id === undefined) return add(question);
		return changeAnswer(question, comment.answer_id, add);
	},
	accepted: (question, { answer_id, accepted }) =>
		changeAnswer(question, answer_id, (answer) => ({ ...answer, accepted })),
	deleted(question, { answer_id, comment_id }) {
		const without = (post) => ({
			...post,
			comments: post.comments.filter(({ id }) => id !== comment_id),
		});
		if (comment_id !== undefined)
			return withAnswers(without(question), question.answers.map(without));
		if (answer_id === undefined) return { ...question, isGone: true };
		return withAnswers(question, question.answers.filter(({ id }) => id !== answer_id));
	},
};

/* The question as it is behind that; null where it has to be read. */
export const applyPublished = (question, { kind, data }) => KINDS[kind]?.(question, data) ?? null;

function changeAnswer(question, id, change) {
	return withAnswers(
		question,
		question.answers.map((answer) => (answer.id === id ? change(answer) : answer)),
	);
}

/* In the order of the page: the accepted one first, then the oldest. */
const withAnswers = (question, answers) => ({
	...question,
	answers: [...answers].sort((a, b) => b.accepted - a.accepted || a.id - b.id),
});
