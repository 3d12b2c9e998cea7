/*
 * The bell: a button with the unread count.  The panel that it opens (bell-panel.js) is fetched when the
 * count is there, or when a hand reaches for the button before that: a page is not to wait for it.
 */

import { h } from './element.js';
import { icon } from './icon.js';
import { report } from './report.js';

/*
 * Most browsers keep it for the life of the page when a module could not be fetched (HTML standard, the
 * module map, until 2026): it is asked for under another URL then.
 */
let failures = 0;

async function importPanel() {
	try {
		return await import('./bell-panel.js');
	} catch {
		failures += 1;
		const again = `./bell-panel.js?after=${failures}`; /* not for a bundler to look for */
		return import(again);
	}
}

/* Resolves to null, and says why, where it cannot be fetched: the network may be gone. */
async function fetchPanel() {
	try {
		return await importPanel();
	} catch (error) {
		console.warn('pgbell: the list of the bell could not be fetched:', error.message);
		return null;
	}
}

/* A link, a label or a summary that the page has around the bell is not meant. */
const keepPress = (event) => event.target.closest('a, input, label') ?? event.preventDefault();

/*
 *   root     the shadow root that it will stand in
 *   store    the notifications (notifications.js)
 *   speech   {texts, describe, language}
 *   extra    an element at the foot of the panel, or a promise of it, or of none
 *   offers   {mutes, snooze}: what rows offer besides; {filter}: null, or the list can be of the unread ones
 *            alone, and begins so where it is 'unread'
 *   counts   what the badge counts: 'unread' or 'unseen'
 * Returns {element, close, dispose}; close() shuts the panel.
 */
export function createBell({ root, store, speech, extra, offers, counts }) {
	const badge = h('span', { class: 'badge', part: 'badge', 'aria-hidden': 'true' });
	const button = h(
		'button',
		{
			type: 'button',
			class: 'button',
			part: 'button',
			'aria-expanded': 'false',
			onclick: press,
			onfocus: prepare,
			onpointerenter: prepare,
		},
		icon('bell'),
		badge,
	);
	const element = h('div', { class: 'bell', onclick: keepPress }, button);
	let panel = null; /* a promise of it, from when it is wanted */
	let isOver = false;

	async function makePanel() {
		const [fetched, foot] = await Promise.all([fetchPanel(), extra]);
		if (isOver || fetched === null) return null;
		const made = fetched.createPanel({ root, element, button, store, speech, extra: foot, offers, counts });
		element.append(...made.elements);
		return made;
	}

	/* Where it cannot be fetched, the network being gone, it is asked for another time. */
	function prepare() {
		panel ??= makePanel()
			.catch(report)
			.then((made) => {
				if (!made) panel = null;
				return made;
			});
		return panel;
	}

	/* Once more, where a fetch that was under way already has failed: no press is lost. */
	async function press() {
		((await prepare()) ?? (await prepare()))?.toggle();
	}

	function render() {
		const { unreadCount, unseenCount, loaded } = store.getSnapshot();
		const count = counts === 'unseen' ? (unseenCount ?? unreadCount) : unreadCount;
		badge.hidden = count === 0;
		badge.textContent = count > 99 ? '99+' : String(count);
		badge.classList.toggle('wide', count > 99);
		button.setAttribute('aria-label', speech.texts.button(count, counts));
		if (loaded) prepare();
	}

	const end = store.subscribe(render);
	render();
	return {
		element,
		close: () => panel?.then((made) => made?.close()),
		dispose() {
			isOver = true;
			end();
			panel?.then((made) => made?.dispose());
		},
	};
}
