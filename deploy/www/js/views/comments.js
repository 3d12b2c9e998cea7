/* The comments on a post, and the form for one more, which is folded away until it is wanted. */

import { syncChildren } from '../sync-children.js';
import { confirmButton } from '../confirm.js';
import { h } from '../element.js';
import { createForm } from '../form.js';
import { timeElement } from '../time.js';

/*
 *   user      who is signed in, or null
 *   draft     the key for the unsent text
 *   onSubmit  async ({body}) posts a comment
 *   onDelete  async (id)
 *   onProblem told what a deletion met
 * Returns {element, update(comments)}.
 */
export function createComments({ user, draft, onSubmit, onDelete, onProblem }) {
	const list = h('ul', { class: 'comments', 'aria-label': 'Comments' });
	const rows = new Map();
	let isShown = false;
	const element = h(
		'div',
		{ class: 'discussion' },
		list,
		user && commentForm({ draft, onSubmit }),
	);

	const createRow = (comment) => ({
		element: h(
			'li',
			{ class: isShown ? 'comment arrived' : 'comment' },
			h('p', { class: 'prose' }, comment.body),
			h(
				'p',
				{ class: 'meta' },
				h('b', {}, comment.author.username),
				' ',
				timeElement(comment.created_at),
				comment.author.id === user?.id &&
					confirmButton({
						text: 'Delete',
						question: 'Delete this comment?',
						onConfirm: () => onDelete(comment.id),
						onProblem,
					}),
			),
		),
		update() {},
	});

	return {
		element,
		update(comments) {
			syncChildren(list, rows, comments, ({ id }) => id, createRow);
			list.hidden = comments.length === 0;
			isShown = true;
		},
	};
}

function commentForm({ draft, onSubmit }) {
	const form = createForm({
		label: 'Write a comment',
		draft,
		fields: [{ name: 'body', label: 'Your comment', rows: 2 }],
		submit: 'Post comment',
		async onSubmit(comment) {
			await onSubmit(comment);
			fold();
			open.focus();
		},
	});
	const open = h(
		'button',
		{
			type: 'button',
			class: 'quiet',
			'aria-expanded': 'false',
			onclick() {
				form.element.hidden = false;
				open.hidden = true;
				form.focus();
			},
		},
		'Comment',
	);

	function fold() {
		form.element.hidden = true;
		open.hidden = false;
	}

	form.element.addEventListener('keydown', (event) => {
		if (event.key === 'Escape') {
			fold();
			open.focus();
		}
	});
	fold();
	return [open, form.element];
}
