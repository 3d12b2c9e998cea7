/*
 * Who is signed in.  The state is {user, ended}: user is undefined until the server has said, null
 * for nobody; `ended` is why a session that was open is not any more, in the server's word
 * ('signed_out', 'expired', 'revoked'), until somebody signs in or the person leaves by their own will.
 *
 * The cookie cannot be seen from here.  So that a guest's page asks nothing, which the browser would show
 * as an error, it is remembered whether somebody has signed in with this browser and not out again.
 */

import { createStore } from './store.js';

const SIGNED_IN = 'pgbell-signed-in';

export function createSession(api) {
	const store = createStore({ user: undefined, ended: null });

	function set(user, ended = null) {
		if (user) localStorage.setItem(SIGNED_IN, 'yes');
		else localStorage.removeItem(SIGNED_IN);
		store.set({ user, ended });
	}

	return {
		subscribe: store.subscribe,
		getSnapshot: store.getSnapshot,

		/* Asks the server whose the cookie is.  Throws any Problem but 401. */
		async resume() {
			if (!localStorage.getItem(SIGNED_IN)) {
				set(null);
				return;
			}
			try {
				const { user } = await api.getSession();
				set(user);
			} catch (problem) {
				if (problem.status !== 401) throw problem;
				set(null);
			}
		},
		async signIn(username, password) {
			set(await api.signIn(username, password));
		},
		async signUp(username, password) {
			await api.createUser(username, password);
			set(await api.signIn(username, password));
		},
		/* Resolves to false when the stream has told the end of the session before the answer did. */
		async signOut() {
			try {
				await api.signOut();
			} catch (problem) {
				if (problem.status !== 401) throw problem;
			}
			if (!store.getSnapshot().user) return false;
			set(null);
			return true;
		},
		/* The server ended the session, or would not know it any more. */
		end(reason) {
			if (store.getSnapshot().user) set(null, reason);
		},
	};
}
