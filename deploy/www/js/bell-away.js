/*
 * What is out of a person's list: what comes back later, a page at a time, and what is muted; each can be had
 * back.  Fetched when somebody asks for it, and read anew after each change, as far as it was shown.
 */

import { sheetAdder } from './bell-style.js';
import { sentenceOf } from './describe.js';
import { h } from './element.js';
import { reportMistake } from './report.js';
import { dateElement } from './time.js';

const PAGE = 20;
const NONE = { rows: [], next: null };

const addSheet = sheetAdder(`
/* What is out of the list, below its button. */
.away {
	border-top: 1px solid var(--_line);
}

.entry {
	display: flex;
	align-items: center;
	padding-block: 0.4rem;
	padding-inline: 1rem 0.5rem;
	font-size: 0.9rem;
}

.entry + .entry {
	border-top: 1px solid var(--_line);
}

.entry p {
	flex: 1;
	min-width: 0;
	overflow-wrap: anywhere;
}

.entry span {
	display: block;
	font-size: 0.8rem;
	color: var(--_soft);
}

.away .entry .quiet {
	flex: none;
	width: auto;
	margin: 0;
	padding: 0.25rem 0.5rem;
}

.away .empty {
	padding: 0.6rem 1rem;
	font-size: 0.9rem;
}
`);

/*
 *   root, store, speech, offers   as the panel of the bell has them
 *   button                        below which it stands, and that opens and closes it
 * Returns {toggle, close}; toggle() resolves when it is shown.
 */
export function createAway({ root, button, store, speech, offers }) {
	const { texts, describe, language } = speech;
	const list = h('ul', { class: 'list' });
	const word = h('p', { class: 'empty', role: 'status' });
	const more = h('li', {}, h('button', { type: 'button', class: 'quiet', part: 'action', onclick: showMore }, texts.more));
	let later = NONE; /* what is shown of it */
	let mutes = [];
	const element = h('div', { class: 'away', part: 'away', role: 'group', 'aria-label': texts.away, onkeydown }, list, word);

	async function toggle() {
		if (element.isConnected) return close();
		later = NONE;
		await read();
		button.after(element);
		button.setAttribute('aria-expanded', 'true');
	}

	function close() {
		element.remove();
		button.setAttribute('aria-expanded', 'false');
	}

	/* As far as it was shown, without one that is not there any more. */
	async function read() {
		const shown = later.rows.length;
		later = NONE;
		const [muted] = await Promise.all([
			offers.mutes ? store.preferences() : { mutes: [] },
			offers.snooze && readLater(shown - 1),
		]);
		({ mutes } = muted);
		draw();
	}

	function draw() {
		list.replaceChildren(...later.rows.map(laterRow), ...(later.next === null ? [] : [more]), ...mutes.map(muteRow));
		list.hidden = list.children.length === 0;
		word.textContent = list.hidden ? texts.nothingAway : '';
	}

	/* Until there are so many, or no more.  Where one that a page ended with is back by now the next begins anew. */
	async function readLater(count) {
		do {
			const { notifications, next } = await store.snoozed({ limit: PAGE, after: later.next });
			const known = new Set(later.rows.map(({ id }) => id));
			later = { rows: [...later.rows, ...notifications.filter(({ id }) => !known.has(id))], next };
		} while (later.next !== null && later.rows.length < count);
	}

	async function showMore() {
		const shown = later.rows.length;
		try {
			await readLater(shown + PAGE);
			draw();
		} catch (problem) {
			reportMistake(problem);
			word.textContent = problem.message;
		}
		list.children[shown]?.querySelector('button').focus();
	}

	function laterRow(notification) {
		const sentence = sentenceOf(describe(notification));
		const when = dateElement(notification.until, language);
		return entry(sentence, when, texts.bringBack, () => store.unsnooze(notification.id));
	}

	function muteRow({ kind, subject }) {
		const what = { ...(kind !== null && { kind }), ...(subject !== null && { subject }) };
		return entry(texts.muteOf(what), texts.muted, texts.unmute, () => store.mute(what, false));
	}

	function entry(text, state, action, undo) {
		const back = h(
			'button',
			{
				type: 'button',
				class: 'quiet',
				part: 'action',
				'aria-label': texts.action(action, text),
				onclick: () => attempt(undo()),
			},
			action,
		);
		return h('li', { class: 'entry' }, h('p', {}, text, h('span', {}, state)), back);
	}

	/* Another tab may have done it, or its time may have come: what there is now is shown either way. */
	async function attempt(doing) {
		let refused = '';
		try {
			await doing;
		} catch (problem) {
			reportMistake(problem);
			if (problem.status !== 404) refused = problem.message;
		}
		try {
			await read();
		} catch (problem) {
			refused = problem.message;
		}
		if (refused !== '') word.textContent = refused;
		(list.querySelector('button') ?? word).focus();
	}

	/* One layer an Escape. */
	function onkeydown(event) {
		if (event.key !== 'Escape') return;
		event.preventDefault();
		event.stopPropagation();
		close();
		button.focus();
	}

	word.tabIndex = -1;
	addSheet(root);
	return { toggle, close };
}
