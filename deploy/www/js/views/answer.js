/* One answer on the page of its question. */

import { confirmButton } from '../confirm.js';
import { h } from '../element.js';
import { icon } from '../icon.js';
import { timeElement } from '../time.js';
import { createComments } from './comments.js';

/*
 * `isNew`: it came while the page was there.  `doing` are the actions of the question's page:
 * {acceptAnswer, deleteAnswer, commentOnAnswer, deleteComment}, each async, and {onProblem}.
 * Returns {element, update(answer)}.
 */
export function createAnswer(answer, { user, isAsker, isNew, doing }) {
	const own = answer.author.id === user?.id;
	const mark = h(
		'p',
		{ class: 'accepted-mark', hidden: true },
		icon('check'),
		'Accepted answer',
	);
	const accept = h(
		'button',
		{
			type: 'button',
			class: 'quiet',
			async onclick() {
				try {
					await doing.acceptAnswer(answer.id);
				} catch (problem) {
					doing.onProblem(problem);
				}
			},
		},
		icon('check'),
		'Accept this answer',
	);
	const comments = createComments({
		user,
		draft: `draft-${user?.id}-answer-${answer.id}`,
		onSubmit: (comment) => doing.commentOnAnswer(answer.id, comment),
		onDelete: doing.deleteComment,
		onProblem: doing.onProblem,
	});
	const element = h(
		'li',
		{ class: isNew ? 'answer arrived' : 'answer', id: `answer-${answer.id}`, tabindex: '-1' },
		mark,
		h('div', { class: 'prose' }, answer.body),
		h(
			'p',
			{ class: 'meta' },
			h('b', {}, answer.author.username),
			' answered ',
			timeElement(answer.created_at),
			accept,
			own &&
				confirmButton({
					text: 'Delete',
					question: 'Delete this answer?',
					onConfirm: () => doing.deleteAnswer(answer.id),
					onProblem: doing.onProblem,
				}),
		),
		comments.element,
	);

	return {
		element,
		update(next) {
			element.classList.toggle('accepted', next.accepted);
			mark.hidden = !next.accepted;
			accept.hidden = !isAsker || next.accepted;
			comments.update(next.comments);
		},
	};
}
