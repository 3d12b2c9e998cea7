/* One notification in the bell's list: what happened, when, and what can be done with it. */

import { sentenceOf } from './describe.js';
import { h } from './element.js';
import { icon } from './icon.js';
import { timeElement } from './time.js';

/*
 * `speech` is {texts, describe, language}.  Each handler is called with the notification as it is
 * then.  Returns {element, update(notification)}.
 */
export function createBellRow(notification, { texts, describe, language }, handlers) {
	const { who, what, title, excerpt, href } = describe(notification);
	const sentence = sentenceOf({ who, what, title });
	const words = [
		who !== '' && [h('b', { part: 'who' }, who), ' '],
		what,
		title !== '' && h('span', { class: 'title', part: 'title' }, title),
		excerpt !== '' && h('span', { class: 'excerpt', part: 'excerpt' }, excerpt),
	];
	const state = h('span', { class: 'unseen' });
	const main = href === null ? plainMain() : linkMain();
	const toggle = h(
		'button',
		{
			type: 'button',
			class: 'toggle',
			part: 'toggle',
			onclick: () => (isUnread() ? handlers.onRead : handlers.onUnread)(notification),
		},
		icon('unread'),
	);
	const remove = h(
		'button',
		{
			type: 'button',
			class: 'remove',
			part: 'remove',
			title: texts.remove,
			'aria-label': texts.action(texts.remove, sentence),
			onclick: () => handlers.onRemove(notification),
		},
		icon('remove'),
	);
	const element = h(
		'li',
		{ class: 'row' },
		toggle,
		h(
			'div',
			{ class: 'text' },
			main,
			h('div', { part: 'time' }, timeElement(notification.created_at, language)),
		),
		remove,
	);

	let shown = null;

	function isUnread() {
		return notification.read_at === null;
	}

	function linkMain() {
		const onclick = () => handlers.onFollow(notification);
		return h('a', { class: 'what', href, onclick }, state, words);
	}

	/* Where it leads nowhere a press has seen it, and does no more. */
	function plainMain() {
		const onclick = () => isUnread() && handlers.onRead(notification);
		return h('button', { type: 'button', class: 'what', onclick }, state, words);
	}

	return {
		element,
		/* Called for each row with each event, so it begins with what is cheap. */
		update(next) {
			if (next === shown) return;
			shown = notification = next;
			const lit = isUnread();
			const action = lit ? texts.markRead : texts.markUnread;
			element.classList.toggle('unread', lit);
			element.setAttribute('part', lit ? 'row unread' : 'row');
			state.textContent = lit ? texts.unread : '';
			if (href === null) main.setAttribute('aria-disabled', String(!lit));
			toggle.title = action;
			toggle.setAttribute('aria-label', texts.action(action, sentence));
		},
	};
}
