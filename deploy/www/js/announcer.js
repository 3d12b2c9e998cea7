/*
 * Announcements for screen readers (a live region).  A page may have several bells of the same
 * notifications, one for the desk and one for the phone, of which one is visible: that one announces.
 */

import { h } from './element.js';

const announcers = new Map(); /* base address of an interface → the live regions that announce its notifications */

/* Screen readers skip an element that is not visible. */
const isHeard = (element) =>
	element.checkVisibility?.({ visibilityProperty: true }) ??
	element.getClientRects().length > 0;

/*
 * Returns {element, say(text), answer(text), dispose}; the element is to stand in the page.  What a person does in
 * a bell is answered by that bell, whichever announces.  Orca takes a text that is the one before for an
 * echo, and is silent: so a text that is said again differs, by a space at its end.
 */
export function createAnnouncer(store) {
	const element = h('p', { class: 'unseen', 'aria-live': 'polite' });
	const place = store.api ?? store;
	const all = announcers.get(place) ?? new Set();
	announcers.set(place, all.add(element));
	const answer = (text) => {
		element.textContent = text === element.textContent ? `${text}\u00a0` : text;
	};
	return {
		element,
		say(text) {
			if ([...all].find(isHeard) === element) answer(text);
		},
		answer,
		dispose() {
			all.delete(element);
			if (all.size === 0) announcers.delete(place);
		},
	};
}
