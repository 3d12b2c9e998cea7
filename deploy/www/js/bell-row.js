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
	const element = h('li', { class: 'row' });
	let shown = null; /* the notification as the row has it */
	let choice = null; /* what is asked below the row, if anything is */
	let parts; /* those of it that marks change, and the sentence that names them */

	const isUnread = () => shown.read_at === null;

	function draw() {
		const told = describe(shown);
		const sentence = sentenceOf(told);
		const state = h('span', { class: 'unseen' });
		const main = told.href === null ? plainMain() : linkMain(told.href);
		main.append(state, ...wordsOf(told), ...timesOf(told, shown));
		const toggle = button('toggle', icon('unread'), () =>
			(isUnread() ? handlers.onRead : handlers.onUnread)(shown),
		);
		const remove = button('remove', icon('remove'), () => handlers.onRemove(shown));
		remove.title = texts.remove;
		remove.setAttribute('aria-label', texts.action(texts.remove, sentence));
		const choosers = Object.entries(handlers.choices).map(([name, choose]) => {
			const chooser = button(name, icon(name), () => choose((create) => ask(name, create)));
			chooser.title = texts[name];
			chooser.setAttribute('aria-label', texts.action(texts[name], sentence));
			return chooser;
		});
		const time = h('div', { part: 'time' }, timeElement(shown.created_at, language));
		replace(toggle, h('div', { class: 'text' }, main, time), ...choosers, remove, choice);
		parts = { main, state, toggle, sentence };
	}

	/* Another text is no reason to lose the focus. */
	function replace(...children) {
		const focused = element.getRootNode().activeElement;
		const name = element.contains(focused) ? focused.className : null;
		element.replaceChildren(...children.filter(Boolean));
		if (name) element.querySelector(`.${name}`)?.focus();
	}

	/* Below the row, until it is answered or taken back. */
	function ask(name, create) {
		choice?.remove();
		const asked = create({
			notification: shown,
			subject: describe(shown).subject,
			onClose() {
				choice.remove();
				choice = null;
				element.querySelector(`.${name}`).focus();
			},
		});
		choice = asked.element;
		element.append(choice);
		asked.open();
	}

	function linkMain(href) {
		return h('a', { class: 'what', href, onclick: () => handlers.onFollow(shown) });
	}

	/* Where it leads nowhere a press has seen it, and does no more. */
	function plainMain() {
		const onclick = () => isUnread() && handlers.onRead(shown);
		return h('button', { type: 'button', class: 'what', onclick });
	}

	function mark() {
		const lit = isUnread();
		const { main, state, toggle, sentence } = parts;
		const action = lit ? texts.markRead : texts.markUnread;
		element.classList.toggle('unread', lit);
		element.setAttribute('part', lit ? 'row unread' : 'row');
		state.textContent = lit ? texts.unread : '';
		if (main.localName === 'button') main.setAttribute('aria-disabled', String(!lit));
		toggle.title = action;
		toggle.setAttribute('aria-label', texts.action(action, sentence));
	}

	/* Called for each row with each event, so it begins with what is cheap. */
	function update(next) {
		if (next === shown) return;
		const before = shown;
		shown = next;
		if (before === null || !saysTheSame(before, next)) draw();
		mark();
	}

	update(notification);
	return { element, update };
}

function saysTheSame(one, other) {
	if (one.kind !== other.kind || one.created_at !== other.created_at) return false;
	if (one.count !== other.count) return false;
	return one.data === other.data || isWrittenAlike(one.data, other.data);
}

/* Firefox reads what is nested some thousand deep, and cannot write it; a row of that is drawn again. */
function isWrittenAlike(one, other) {
	try {
		return JSON.stringify(one) === JSON.stringify(other);
	} catch {
		return false;
	}
}

function wordsOf({ who, what, title, excerpt }) {
	const words = [what];
	if (who !== '') words.unshift(h('b', { part: 'who' }, who), ' ');
	for (const [name, text] of Object.entries({ title, excerpt }))
		if (text !== '') words.push(h('span', { class: name, part: name }, text));
	return words;
}

/* How often it happened, where nobody is named who did it. */
const timesOf = ({ who }, { count }) =>
	who === '' && count > 1 ? [h('span', { class: 'count', part: 'count' }, ` ${count}×`)] : [];

const button = (name, picture, onclick) =>
	h('button', { type: 'button', class: name, part: name, onclick }, picture);
