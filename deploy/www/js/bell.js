/*
 * The bell: a button with the unread count, and the panel with the list that it opens.
 *
 * Keyboard: the arrows, Home and End move through the list; Enter follows a notification and marks
 * it read; Delete removes it; Escape closes the panel and gives the focus back to the button.
 * Every one of those is also a button that Tab reaches.
 */

import { createBellRow } from './bell-row.js';
import { sentenceOf } from './describe.js';
import { h, syncChildren } from './element.js';
import { icon } from './icon.js';

const MARGIN = 8; /* px that the panel keeps from the edges of the window */

/*
 *   root     the shadow root that it will stand in
 *   store    the notifications (notifications.js)
 *   speech   {texts, describe, language}
 *   extra    an element at the foot of the panel, or null
 * Returns {element, dispose}.
 */
export function createBell({ root, store, speech, extra }) {
	const { texts, describe } = speech;
	const badge = h('span', { class: 'badge', part: 'badge', 'aria-hidden': 'true' });
	const button = h(
		'button',
		{
			type: 'button',
			class: 'button',
			part: 'button',
			'aria-expanded': 'false',
			'aria-controls': 'panel',
			onclick: () => (isOpen() ? close() : open()),
		},
		icon('bell'),
		badge,
	);
	const heading = h('h2', { id: 'heading', part: 'heading', tabindex: '-1' }, texts.heading);
	const markAll = quietButton(texts.markAll, markAllRead);
	const failure = h('p', { class: 'failure', role: 'alert' });
	const list = h('ul', { class: 'list', 'aria-labelledby': 'heading', onkeydown: onListKey });
	const empty = h('p', { class: 'empty', part: 'empty' });
	const older = quietButton(texts.older, loadOlder);
	const status = h('p', { class: 'status', part: 'status', role: 'status' });
	const panel = h(
		'section',
		{ id: 'panel', part: 'panel', hidden: true, 'aria-labelledby': 'heading' },
		h('header', { part: 'header' }, heading, markAll),
		failure,
		list,
		empty,
		h('footer', {}, older, extra, status),
	);
	const announcer = h('p', { class: 'unseen', 'aria-live': 'polite' });
	const element = h(
		'div',
		{ onkeydown: onKey, onfocusout: onFocusOut },
		button,
		panel,
		announcer,
	);
	const rows = new Map();

	const isOpen = () => !panel.hidden;
	const placeOf = (target) =>
		[...list.children].findIndex((row) => target && row.contains(target));

	function open() {
		panel.hidden = false;
		button.setAttribute('aria-expanded', 'true');
		place();
		focusList(0);
	}

	function close({ refocus = true } = {}) {
		panel.hidden = true;
		button.setAttribute('aria-expanded', 'false');
		if (refocus) button.focus();
	}

	/* Below the button, or above it where there is more room, and wholly inside the window. */
	function place() {
		if (!isOpen()) return;
		const { left, right, top, bottom } = button.getBoundingClientRect();
		const { clientWidth: width, clientHeight: height } = document.documentElement;
		const below = height - bottom >= top;
		const furthest = width - panel.offsetWidth - MARGIN;
		const x = Math.max(MARGIN, Math.min(right - panel.offsetWidth, furthest));
		panel.style.left = `${x - left}px`;
		panel.style.maxHeight = `${(below ? height - bottom : top) - 2 * MARGIN}px`;
		panel.classList.toggle('above', !below);
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
		if (store.getSnapshot().unreadCount > 0) attempt(store.markAllRead());
	}

	async function loadOlder() {
		const shown = list.children.length;
		await attempt(store.loadOlder());
		if (list.children.length > shown) focusList(shown);
	}

	function render() {
		const {
			notifications,
			unreadCount,
			next,
			loaded,
			status: now,
		} = store.getSnapshot();
		const at = placeOf(root.activeElement);
		syncChildren(list, rows, notifications, ({ id }) => id, createRow);
		if (at !== -1 && !list.contains(root.activeElement)) focusList(at);
		renderCount(unreadCount);
		empty.hidden = notifications.length > 0;
		empty.textContent = loaded ? texts.empty : texts.loading;
		older.hidden = next === null;
		const word = texts[now] ?? '';
		if (status.textContent !== word) status.textContent = word;
	}

	function renderCount(unread) {
		badge.hidden = unread === 0;
		badge.textContent = unread > 99 ? '99+' : String(unread);
		button.setAttribute('aria-label', texts.button(unread));
		markAll.setAttribute('aria-disabled', String(unread === 0));
	}

	function createRow(notification) {
		return createBellRow(notification, speech, {
			onFollow: ({ id, read_at: readAt }) => {
				close();
				if (readAt === null) attempt(store.markRead(id));
			},
			onToggle: ({ id, read_at: readAt }) =>
				attempt(
					readAt === null ? store.markRead(id) : store.markUnread(id),
				),
			onRemove: ({ id }) => attempt(store.remove(id)),
		});
	}

	/* Focuses the n-th notification, else the last one, else the heading. */
	function focusList(n) {
		const row = list.children[Math.min(n, list.children.length - 1)];
		(row?.querySelector('.what') ?? heading).focus();
	}

	function onListKey(event) {
		const at = placeOf(event.target);
		const to = {
			ArrowDown: at + 1,
			ArrowUp: Math.max(at - 1, 0),
			Home: 0,
			End: Infinity,
		}[event.key];
		if (to === undefined && event.key !== 'Delete') return;
		event.preventDefault();
		if (event.key === 'Delete') list.children[at].querySelector('.remove').click();
		else focusList(to);
	}

	function onKey(event) {
		if (event.key === 'Escape' && isOpen()) close();
	}

	/* Tab that leads out of the panel closes it; so does a press elsewhere. */
	function onFocusOut({ relatedTarget: to }) {
		if (isOpen() && to !== null && !element.contains(to)) close({ refocus: false });
	}

	function onPress(event) {
		if (isOpen() && !event.composedPath().includes(element)) close({ refocus: false });
	}

	function onEvent({ type, data }) {
		if (type === 'new_notification') announcer.textContent = sentenceOf(describe(data));
	}

	const ending = new AbortController();
	document.addEventListener('pointerdown', onPress, { signal: ending.signal });
	window.addEventListener('resize', place, { signal: ending.signal });
	const ends = [store.subscribe(render), store.onEvent(onEvent), () => ending.abort()];
	render();
	return {
		element,
		dispose() {
			for (const end of ends) end();
		},
	};
}

function quietButton(text, onclick) {
	return h('button', { type: 'button', class: 'quiet', part: 'action', onclick }, text);
}
