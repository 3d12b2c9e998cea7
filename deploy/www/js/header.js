/* The right-hand side of the page's top: who is signed in, the connection, the bell. */

import { h } from './element.js';
import './notification-bell.js';
import { rememberAddress } from './views/account.js';
import { describeNotification, texts } from './wording.js';

const STATUS = {
	live: 'Live',
	connecting: 'Connecting…',
	polling: 'Delayed',
	offline: 'Offline',
	'signed out': '',
};

/* Returns {elements, dispose}. */
export function createHeader(app) {
	const { user } = app.session.getSnapshot();
	return user === null ? forVisitor() : forPerson(app, user);
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

function forPerson(app, user) {
	const { notifications, session } = app;
	const word = h('span', { class: 'status-word' });
	const status = h('span', { class: 'status', role: 'status' }, word);
	const bell = h('notification-bell', { 'title-badge': true, desktop: true, filter: true, mutes: true, snooze: true });
	bell.store = notifications;
	bell.describe = describeNotification;
	bell.texts = texts;
	const signOut = h(
		'button',
		{
			type: 'button',
			class: 'quiet',
			async onclick() {
				try {
					if (await session.signOut())
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
			bell,
			h('span', { class: 'me', title: user.username }, user.username),
			signOut,
		],
		dispose: end,
	};
}
