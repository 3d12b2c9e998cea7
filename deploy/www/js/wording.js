/*
 * What a notification says and where it leads.  `data` is whatever the writer of the row put there,
 * any JSON, so nothing about it is taken for granted, and no address is taken from it.
 */

const KINDS = {
	answer: ['answered your question', 'your question has an answer'],
	comment: ['commented on', 'a comment on'],
	accepted: ['accepted your answer to', 'your answer was accepted'],
};

/* {who, what, title, excerpt, href}: texts that may be empty, and an address in this page or null. */
export function describeNotification({ kind, data }) {
	const facts = data !== null && typeof data === 'object' ? data : {};
	const who = text(facts.actor?.username ?? facts.actor);
	const [did, happened] = KINDS[kind] ?? Array(2).fill(kind.replaceAll('_', ' '));
	return {
		who,
		what: who === '' ? capital(happened) : did,
		title: text(facts.title ?? facts.message ?? facts.text),
		excerpt: text(facts.excerpt),
		href: address(facts),
	};
}

/* The same in one sentence, for those who hear the page. */
export function sentenceOf(notification) {
	const { who, what, title } = describeNotification(notification);
	return [who, what, title].filter((part) => part !== '').join(' ');
}

/* The question that a notification concerns, or null. */
export function questionOf({ data }) {
	const id = Number(data?.question_id);
	return Number.isSafeInteger(id) && id > 0 ? id : null;
}

function address(facts) {
	const question = questionOf({ data: facts });
	const answer = Number(facts.answer_id);
	if (question === null) return null;
	return Number.isSafeInteger(answer) && answer > 0
		? `#/questions/${question}/answers/${answer}`
		: `#/questions/${question}`;
}

const text = (value) =>
	typeof value === 'string' || typeof value === 'number' ? String(value) : '';
const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);
