/*
 * The bell: a button with the unread count, and the panel with the list that it opens.
 *
 * Keyboard: the arrows, Home and End move through the list; Enter follows a notification and marks
 * it read; Delete removes it; Escape closes the panel and gives the focus back to the button.
 * Every one of those is also a button that Tab reaches.
 */

import { createBellRow } from './bell-row.js';
import { h, syncChildren } from './element.js';
import { icon } from './icon.js';
import { sentenceOf } from './wording.js';

/*
 * announce(text) speaks to those who do not see the badge.  Returns {element, dispose}.
 */
export function createBell({ notifications, announce }) {
	const badge = h('span', { class: 'badge', 'aria-hidden': 'true', hidden: true });
	const button = h(
		'button',
		{
			type: 'button',
			class: 'bell-button',
			'aria-expanded': 'false',
			'aria-controls': 'bell-panel',
			onclick: () => (isOpen() ? close() : open()),
		},
		icon('bell'),
		badge,
	);
	const heading = h('h2', { id: 'bell-heading', tabindex: '-1' }, 'Notifications');
	const markAll = h(
		'button',
		{ type: 'button', class: 'quiet', onclick: markAllRead },
		'Mark all read',
	);
	const failure = h('p', { class: 'failure', role: 'alert' });
	const list = h('ul', {
		class: 'bell-list',
		'aria-labelledby': 'bell-heading',
		onkeydown: onListKey,
	});
	const empty = h('p', { class: 'empty' });
	const older = h(
		'button',
		{ type: 'button', class: 'quiet bell-older', hidden: true, onclick: loadOlder },
		'Show older',
	);
	const panel = h(
		'section',
		{
			id: 'bell-panel',
			class: 'bell-panel',
			hidden: true,
			'aria-labelledby': 'bell-heading',
		},
		h('header', { class: 'bell-head' }, heading, markAll),
		failure,
		list,
		empty,
		older,
	);
	const element = h(
		'div',
		{ class: 'bell', onkeydown: onKey, onfocusout: onFocusOut },
		button,
		panel,
	);
	const rows = new Map();

	const isOpen = () => !panel.hidden;

	function open() {
		panel.hidden = false;
		button.setAttribute('aria-expanded', 'true');
		focusList(0);
	}

	function close({ refocus = true } = {}) {
		panel.hidden = true;
		button.setAttribute('aria-expanded', 'false');
		if (refocus) button.focus();
	}

	async function attempt(doing) {
		failure.textContent = '';
		try {
			await doing;
		} catch (problem) {
			failure.textContent = problem.message;
		}
	}

	function markAllRead() {
		if (notifications.getSnapshot().inbox.unreadCount > 0)
			attempt(notifications.markAllRead());
	}

	async function loadOlder() {
		const shown = list.children.length;
		await attempt(notifications.loadOlder());
		if (list.children.length > shown) focusList(shown);
	}

	function render() {
		const { inbox } = notifications.getSnapshot();
		const at = [...list.children].findIndex((row) =>
			row.contains(document.activeElement),
		);
		syncChildren(list, rows, inbox.notifications, ({ id }) => id, createRow);
		if (at !== -1 && !list.contains(document.activeElement)) focusList(at);
		renderCount(inbox.unreadCount);
		empty.hidden = inbox.notifications.length > 0;
		empty.textContent = inbox.loaded ? 'Nothing has rung yet.' : 'Loading…';
		older.hidden = inbox.next === null;
	}

	function renderCount(unread) {
		badge.hidden = unread === 0;
		badge.textContent = unread > 99 ? '99+' : String(unread);
		button.setAttribute(
			'aria-label',
			unread === 0 ? 'Notifications' : `Notifications, ${unread} unread`,
		);
		markAll.setAttribute('aria-disabled', String(unread === 0));
	}

	function createRow(notification) {
		return createBellRow(notification, {
			onFollow: ({ id, read_at: readAt }) => {
				close();
				if (readAt === null) attempt(notifications.markRead(id));
			},
			onToggle: ({ id, read_at: readAt }) =>
				attempt(
					readAt === null
						? notifications.markRead(id)
						: notifications.markUnread(id),
				),
			onRemove: ({ id }) => attempt(notifications.remove(id)),
		});
	}

	/* Focuses the n-th notification, else the last one, else the heading. */
	function focusList(n) {
		const row = list.children[Math.min(n, list.children.length - 1)];
		(row?.querySelector('.bell-what') ?? heading).focus();
	}

	function onListKey(event) {
		const at = [...list.children].findIndex((row) => row.contains(event.target));
		const to = {
			ArrowDown: at + 1,
			ArrowUp: Math.max(at - 1, 0),
			Home: 0,
			End: Infinity,
		}[event.key];
		if (to === undefined && event.key !== 'Delete') return;
		event.preventDefault();
		if (event.key === 'Delete') list.children[at].querySelector('.bell-remove').click();
		else focusList(to);
	}

	function onKey(event) {
		if (event.key === 'Escape' && isOpen()) close();
	}

	/* Tab that leads out of the panel closes it; so does a press elsewhere. */
	function onFocusOut(event) {
		if (
			isOpen() &&
			event.relatedTarget !== null &&
			!element.contains(event.relatedTarget)
		)
			close({ refocus: false });
	}

	function onPressElsewhere(event) {
		if (isOpen() && !event.composedPath().includes(element)) close({ refocus: false });
	}

	function onEvent(event) {
		if (event.type === 'new_notification') announce(sentenceOf(event.data));
	}

	document.addEventListener('pointerdown', onPressElsewhere);
	const endings = [
		notifications.subscribe(render),
		notifications.onEvent(onEvent),
		() => document.removeEventListener('pointerdown', onPressElsewhere),
	];
	render();
	return {
		element,
		dispose() {
			for (const end of endings) end();
		},
	};
}
