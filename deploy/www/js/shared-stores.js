/*
 * Stores for bells that were not given one.  All bells of a page that use the same interface share a store:
 * a header for the desk and one for the phone have a bell each, but need one list and one stream.
 */

import { createNotifications } from './notifications.js';

const stores = new Map(); /* options as JSON → {store, users} */

/* Returns {store, release}.  The store is started; it stops when it was released as often as it was returned. */
export function sharedStore(options) {
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
