/* The right-hand side of the page's top: who is signed in, the connection, the bell. */

import { createBell } from './bell.js';
import { h } from './element.js';
import { rememberAddress } from './views/account.js';

const STATUS = { live: 'Live', connecting: 'Connecting…', off: '' };

/* Returns {elements, dispose}. */
export function createHeader(app, announce) {
	const { user } = app.session.getSnapshot();
	return user === null ? forVisitor() : forPerson(app, user, announce);
}

function forVisitor() {
	return {
		elements: [
			h('a', { href: '#/sign-in', onclick: rememberAddress }, 'Sign in'),
			h(
				'a',
				{
					href: '#/sign-up',
					class: 'button primary',
					onclick: rememberAddress,
				},
				'Sign up',
			),
		],
		dispose() {},
	};
}

function forPerson(app, user, announce) {
	const { notifications, session } = app;
	const word = h('span', { class: 'status-word' });
	const status = h('span', { class: 'status', role: 'status' }, word);
	const bell = createBell({ notifications, announce });
	const signOut = h(
		'button',
		{
			type: 'button',
			class: 'quiet',
			async onclick() {
				try {
					await session.signOut();
					app.navigate('#/', 'You have signed out.');
				} catch (problem) {
					app.tell(problem.message);
				}
			},
		},
		'Sign out',
	);

	function render() {
		const { status: now } = notifications.getSnapshot();
		status.dataset.status = now;
		if (word.textContent !== STATUS[now]) word.textContent = STATUS[now];
	}

	const end = notifications.subscribe(render);
	render();
	return {
		elements: [
			status,
			bell.element,
			h('span', { class: 'me', title: user.username }, user.username),
			signOut,
		],
		dispose() {
			end();
			bell.dispose();
		},
	};
}
