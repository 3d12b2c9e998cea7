/*
 * What is said to those who hear the page.  A page may have several bells of the same notifications, one
 * for the desk and one for the phone, of which one can be seen: that one speaks, and no other does.
 */

import { h } from './element.js';

const voices = new Map(); /* an interface → the elements that speak of it */

/* An element that is not to be seen is not heard either. */
const isHeard = (element) =>
	element.checkVisibility?.({ visibilityProperty: true }) ??
	element.getClientRects().length > 0;

/* Returns {element, say(text), dispose}; the element is to stand in the page. */
export function createVoice(store) {
	const element = h('p', { class: 'unseen', 'aria-live': 'polite' });
	const place = store.api ?? store;
	const all = voices.get(place) ?? new Set();
	voices.set(place, all.add(element));
	return {
		element,
		say(text) {
			if ([...all].find(isHeard) === element) element.textContent = text;
		},
		dispose() {
			all.delete(element);
			if (all.size === 0) voices.delete(place);
		},
	};
}
