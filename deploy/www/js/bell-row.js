/* One notification in the bell's list: what happened, when, and what can be done with it. */

import { h } from './element.js';
import { icon } from './icon.js';
import { timeElement } from './time.js';
import { describeNotification, sentenceOf } from './wording.js';

/*
 * Each handler is called with the notification as it is then.  Returns {element,
 * update(notification)}.
 */
export function createBellRow(notification, { onFollow, onToggle, onRemove }) {
	const sentence = sentenceOf(notification);
	const { who, what, title, excerpt, href } = describeNotification(notification);
	const words = [
		who !== '' && [h('b', {}, who), ' '],
		what,
		title !== '' && h('span', { class: 'bell-title' }, title),
		excerpt !== '' && h('span', { class: 'bell-excerpt' }, excerpt),
	];
	const follow = () => onFollow(notification);
	const main =
		href === null
			? h(
					'button',
					{
						type: 'button',
						class: 'bell-what',
						onclick: () => onToggle(notification),
					},
					words,
				)
			: h('a', { class: 'bell-what', href, onclick: follow }, words);
	const toggle = h(
		'button',
		{ type: 'button', class: 'bell-toggle', onclick: () => onToggle(notification) },
		icon('unread'),
	);
	const remove = h(
		'button',
		{
			type: 'button',
			class: 'bell-remove',
			title: 'Delete',
			'aria-label': `Delete: ${sentence}`,
			onclick: () => onRemove(notification),
		},
		icon('remove'),
	);
	const state = h('span', { class: 'unseen' });
	main.prepend(state);
	const element = h(
		'li',
		{ class: 'bell-row' },
		toggle,
		h('div', { class: 'bell-text' }, main, timeElement(notification.created_at)),
		remove,
	);

	return {
		element,
		update(next) {
			notification = next;
			const unread = next.read_at === null;
			const action = unread ? 'Mark read' : 'Mark unread';
			element.classList.toggle('unread', unread);
			state.textContent = unread ? 'Unread: ' : '';
			toggle.title = action;
			toggle.setAttribute('aria-label', `${action}: ${sentence}`);
		},
	};
}
