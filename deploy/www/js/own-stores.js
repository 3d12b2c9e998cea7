/*
 * The stores of the bells that were given none: one for all bells of a page that ask the same interface.
 * A header for the desk and one for the phone have a bell each, and two lists and two streams were one too
 * many.
 */

import { createNotifications } from './notifications.js';

const stores = new Map(); /* what is asked for → {store, users} */

/* Returns {store, release}; the store is started, and stops when nobody uses it any more. */
export function ownStore(options) {
	const key = JSON.stringify(options);
	let own = stores.get(key);
	if (own === undefined) {
		own = { store: createNotifications(options), users: 0 };
		stores.set(key, own);
		own.store.start();
	}
	own.users++;
	return {
		store: own.store,
		/* Not at once: a bell that is given something begins anew, and is back in the same task. */
		release() {
			own.users--;
			setTimeout(() => {
				if (own.users > 0 || stores.get(key) !== own) return;
				stores.delete(key);
				own.store.stop();
			});
		},
	};
}
