/*
 * What the notifications of the example application say and where they lead: to the question that
 * they concern, by its number, and to no address that somebody wrote.
 */

import { describe } from './describe.js';

const KINDS = {
	answer: ['answered your question', 'Your question has an answer'],
	comment: ['commented on', 'A comment on'],
	accepted: ['accepted your answer to', 'Your answer was accepted'],
};

/* {who, what, title, excerpt, href, subject}, as describe() has it. */
export function describeNotification(notification) {
	const told = describe(notification);
	const [did, happened] = KINDS[notification.kind] ?? [told.what, told.what];
	return { ...told, what: told.who === '' ? happened : did, href: address(notification), subject: subject(notification) };
}

const MUTED = { answer: 'Answers', comment: 'Comments', accepted: 'Accepted answers' };

/* The bell's own words for what a person has muted here. */
export const texts = {
	muteOf({ kind, subject = '' }) {
		const what = kind === undefined ? 'Everything' : (MUTED[kind] ?? kind.replace(/[_.]/g, ' '));
		return subject === '' ? what : `${what} about ${subject.replace('/', ' ')}`;
	},
};

/* The question that a notification concerns, or null. */
export function questionOf({ data }) {
	return number(data?.question_id);
}

/* The whole question can be muted, not only the answer or comment. */
function subject(notification) {
	const question = questionOf(notification);
	return question === null ? '' : `question/${question}`;
}

function address({ data }) {
	const question = questionOf({ data });
	const answer = number(data?.answer_id);
	if (question === null) return null;
	return `#/questions/${question}${answer === null ? '' : `/answers/${answer}`}`;
}

function number(value) {
	const id = Number(value);
	return Number.isSafeInteger(id) && id > 0 ? id : null;
}
