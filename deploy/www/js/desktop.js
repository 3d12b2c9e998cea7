/*
 * Notifications of the desktop, for who has allowed them: shown by one tab of the browser, and not to
 * somebody who looks at it.  Should two show the same one, its tag makes them one.
 */

import { isNews, sentenceOf } from './describe.js';
import { h } from './element.js';

/* Returns {element, dispose}; the element is the button by which a person allows them. */
export function createDesktop({ store, texts, describe }) {
	const Shown = globalThis.Notification;
	const element = h(
		'button',
		{ type: 'button', class: 'quiet', part: 'action', onclick: ask },
		texts.desktop,
	);

	async function ask() {
		await Shown.requestPermission();
		render();
	}

	function render() {
		element.hidden = Shown?.permission !== 'default';
	}

	function onEvent(event) {
		if (!isNews(event) || !store.leads() || document.hasFocus()) return;
		if (Shown?.permission !== 'granted') return; /* last: the browser asks another process */
		const { data } = event;
		const row = describe(data);
		let shown;
		try {
			shown = new Shown(sentenceOf(row), {
				body: row.excerpt,
				tag: `pgbell-${data.id}`,
			});
		} catch {
			return; /* Chrome on Android has it, and lets only a service worker use it */
		}
		shown.onclick = () => {
			window.focus();
			shown.close();
			if (row.href !== null) location.href = row.href;
		};
	}

	render();
	return { element, dispose: store.onEvent(onEvent) };
}
