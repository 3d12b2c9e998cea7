/*
 * The example application's part of the REST interface.  Each function is one request and resolves
 * to its JSON (null for 204).  The session is the HttpOnly cookie, which the browser sends by itself;
 * the token that the sign-in answers is dropped here and reaches nothing else of the page.  The
 * device that it answers is no secret of that kind: by it somebody else's wrong guesses are told from
 * those that are made with this browser.
 */

import { createRequest, query } from './request.js';

const DEVICE = 'pgbell-device';

/* onUnauthorized() is called when the server does not, or not any more, know who is asking. */
export function createApi({ onUnauthorized }) {
	const send = createRequest({ onUnauthorized });

	return {
		createUser: (username, password) => send('POST', '/users', { username, password }),
		async signIn(username, password) {
			const { user, device } = await send('POST', '/session', {
				username,
				password,
				device: localStorage.getItem(DEVICE) ?? '',
			});
			localStorage.setItem(DEVICE, device);
			return user;
		},
		getSession: () => send('GET', '/session'),
		renewSession: () => send('POST', '/session/renew'),
		signOut: () => send('DELETE', '/session'),

		listQuestions: ({ limit, before } = {}) =>
			send('GET', `/questions${query({ limit, before })}`),
		getQuestion: (id) => send('GET', `/questions/${id}`),
		createQuestion: (question) => send('POST', '/questions', question),
		deleteQuestion: (id) => send('DELETE', `/questions/${id}`),
		createAnswer: (questionId, answer) =>
			send('POST', `/questions/${questionId}/answers`, answer),
		acceptAnswer: (id) => send('PUT', `/answers/${id}/accept`),
		deleteAnswer: (id) => send('DELETE', `/answers/${id}`),
		commentOnQuestion: (id, comment) =>
			send('POST', `/questions/${id}/comments`, comment),
		commentOnAnswer: (id, comment) => send('POST', `/answers/${id}/comments`, comment),
		deleteComment: (id) => send('DELETE', `/comments/${id}`),
	};
}
