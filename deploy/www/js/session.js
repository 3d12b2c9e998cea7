/*
 * Who is signed in.  The state is {user, ended}: user is undefined until the server has said, null
 * for nobody; `ended` is why a session that was open is not any more, in the server's word
 * ('signed_out', 'expired', 'revoked'), until somebody signs in or the person leaves by their own will.
 */

import { createStore } from './store.js';

export function createSession(api) {
	const store = createStore({ user: undefined, ended: null });

	return {
		subscribe: store.subscribe,
		getSnapshot: store.getSnapshot,

		/* Asks the server whose the cookie is.  Throws any Problem but 401. */
		async resume() {
			try {
				const { user } = await api.getSession();
				store.set({ user, ended: null });
			} catch (problem) {
				if (problem.status !== 401) throw problem;
				store.set({ user: null, ended: null });
			}
		},
		async signIn(username, password) {
			store.set({ user: await api.signIn(username, password), ended: null });
		},
		async signUp(username, password) {
			await api.createUser(username, password);
			store.set({ user: await api.signIn(username, password), ended: null });
		},
		/* Resolves to false when the stream has told the end of the session before the answer did. */
		async signOut() {
			try {
				await api.signOut();
			} catch (problem) {
				if (problem.status !== 401) throw problem;
			}
			if (!store.getSnapshot().user) return false;
			store.set({ user: null, ended: null });
			return true;
		},
		/* The server ended the session, or would not know it any more. */
		end(reason) {
			if (store.getSnapshot().user) store.set({ user: null, ended: reason });
		},
	};
}
