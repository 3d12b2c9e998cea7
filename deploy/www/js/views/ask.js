/* Asking a question. */

import { createForm } from '../form.js';
import { h } from '../element.js';
import { signInHint } from './account.js';

export function askView(app) {
	app.setTitle('Ask a question');
	const { user } = app.session.getSnapshot();
	if (!user)
		return {
			element: h(
				'div',
				{ class: 'blank' },
				h('h1', {}, 'Ask a question'),
				signInHint('ask'),
			),
		};
	const form = createForm({
		label: 'Ask a question',
		draft: `draft-${user.id}-ask`,
		fields: [
			{
				name: 'title',
				label: 'Title',
				hint: 'The question in one line.',
				autocomplete: 'off',
			},
			{
				name: 'body',
				label: 'Details',
				rows: 10,
				hint: 'What have you tried, and what happened?',
			},
		],
		submit: 'Ask',
		async onSubmit({ title, body }) {
			const { id } = await app.api.createQuestion({ title, body });
			app.navigate(`#/questions/${id}`);
		},
	});
	return {
		element: h('div', { class: 'card' }, h('h1', {}, 'Ask a question'), form.element),
	};
}
