/*
 * A value that changes and those who look at it.  The shape (subscribe, getSnapshot) is what
 * React's useSyncExternalStore takes, and needs no framework.
 */

import { tell } from './report.js';

export function createStore(value) {
	const listeners = new Set();
	return {
		getSnapshot: () => value,
		/* Calls listener() after each change; returns the function that ends it. */
		subscribe(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		isIdle: () => listeners.size === 0,
		set(next) {
			if (next === value) return;
			value = next;
			for (const listener of [...listeners]) tell(listener);
		},
	};
}
