/*
 * The REST interface.  Each function is one request and resolves to its JSON (null for 204).  The
 * session is the HttpOnly cookie, which the browser sends by itself; the token that the sign-in
 * answers is dropped here and reaches nothing else of the page.
 */

/*
 * What the server refused, or that it could not be reached (status 0).  `fields` is a Map from a
 * field's name to the sentence about it.
 */
export class Problem extends Error {
	constructor(status, { title, detail, errors } = {}) {
		super(detail ?? title ?? 'Something went wrong. Please try again.');
		this.name = 'Problem';
		this.status = status;
		this.fields = new Map();
		for (const { pointer = '', detail: sentence } of errors ?? [])
			this.fields.set(pointer.replace(/^\//, ''), sentence);
	}
}

/* onUnauthorized() is called when the server does not, or not any more, know who is asking. */
export function createApi({ onUnauthorized }) {
	async function send(method, path, { body } = {}) {
		const options = { method, headers: { accept: 'application/json' } };
		if (method !== 'GET') options.headers['content-type'] = 'application/json';
		if (body !== undefined) options.body = JSON.stringify(body);
		let response;
		try {
			response = await fetch(path, options);
		} catch {
			throw new Problem(0, {
				detail: 'The server cannot be reached. Please try again.',
			});
		}
		if (response.status === 204) return null;
		/* A web server's own error page is not JSON; its status still says enough. */
		const answer = await response.json().catch(() => undefined);
		if (response.status === 401) onUnauthorized();
		if (!response.ok || answer === undefined)
			throw new Problem(response.status, answer);
		return answer;
	}

	return {
		createUser: (username, password) =>
			send('POST', '/api/users', { body: { username, password } }),
		async signIn(username, password) {
			const { user } = await send('POST', '/api/session', {
				body: { username, password },
			});
			return user;
		},
		getSession: () => send('GET', '/api/session'),
		signOut: () => send('DELETE', '/api/session'),

		listQuestions: ({ limit, before } = {}) =>
			send('GET', `/api/questions${query({ limit, before })}`),
		getQuestion: (id) => send('GET', `/api/questions/${id}`),
		createQuestion: (question) => send('POST', '/api/questions', { body: question }),
		deleteQuestion: (id) => send('DELETE', `/api/questions/${id}`),
		createAnswer: (questionId, answer) =>
			send('POST', `/api/questions/${questionId}/answers`, { body: answer }),
		acceptAnswer: (id) => send('PUT', `/api/answers/${id}/accept`),
		deleteAnswer: (id) => send('DELETE', `/api/answers/${id}`),
		commentOnQuestion: (id, comment) =>
			send('POST', `/api/questions/${id}/comments`, { body: comment }),
		commentOnAnswer: (id, comment) =>
			send('POST', `/api/answers/${id}/comments`, { body: comment }),
		deleteComment: (id) => send('DELETE', `/api/comments/${id}`),

		listNotifications: ({ limit, before } = {}) =>
			send('GET', `/api/notifications${query({ limit, before })}`),
		getUnreadCount: () => send('GET', '/api/notifications/unread-count'),
		markRead: (id) => send('PUT', `/api/notifications/${id}/read`),
		markUnread: (id) => send('DELETE', `/api/notifications/${id}/read`),
		markAllRead: (upTo) =>
			send('PUT', '/api/notifications/read-all', {
				body: upTo === null ? {} : { up_to: upTo },
			}),
		deleteNotification: (id) => send('DELETE', `/api/notifications/${id}`),
	};
}

function query(parameters) {
	const given = Object.entries(parameters).filter(
		([, value]) => value !== undefined && value !== null,
	);
	return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
