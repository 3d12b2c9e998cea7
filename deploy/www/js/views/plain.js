/* The views that have little to say. */

import { h } from '../element.js';

export function loadingView() {
	return { element: loadingElement() };
}

export function missingView(app) {
	app.setTitle('Not found');
	return {
		element: h(
			'div',
			{ class: 'blank' },
			h('h1', {}, 'There is nothing here'),
			h('p', {}, 'The address may be mistyped, or what it named was deleted.'),
			h('p', {}, h('a', { href: '#/' }, 'All questions')),
		),
	};
}

export function unreachableView(app, { problem, retry }) {
	app.setTitle('Unreachable');
	return { element: problemElement(problem, retry) };
}

export function loadingElement() {
	return h('p', { class: 'empty', role: 'status' }, 'Loading…');
}

/* What went wrong, and a button that tries again. */
export function problemElement(problem, retry) {
	return h(
		'div',
		{ class: 'blank', role: 'alert' },
		h('h1', {}, 'That did not work'),
		h('p', {}, problem.message),
		h(
			'button',
			{ type: 'button', class: 'primary', onclick: () => retry() },
			'Try again',
		),
	);
}
