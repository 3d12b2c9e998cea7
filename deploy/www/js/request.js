/*
 * Requests to the REST interface.  Cookies go along by themselves, so that the page never holds the
 * session; where it must, `token` gives it for each request.
 */

const LIMIT_MS = 30000; /* a request that a dead link swallowed has failed */

/*
 * What the server refused, or that it could not be reached (status 0).  `fields` is a Map from a
 * field's name to the sentence about it; `pause_ms` is how long the server asks to be left alone.
 */
export class Problem extends Error {
	constructor(status, { title, detail, errors } = {}, retryAfter_s = 0) {
		super(detail ?? title ?? 'Something went wrong. Please try again.');
		this.name = 'Problem';
		this.status = status;
		this.pause_ms = Number(retryAfter_s) * 1000 || 0;
		this.fields = new Map();
		for (const { pointer = '', detail: sentence } of errors ?? [])
			this.fields.set(pointer.replace(/^\//, ''), sentence);
	}
}

/*
 * The whole address of the interface: by the page's own, whatever host a <base> names.  A page without an
 * address (about:srcdoc, a program) has only what it is given.
 */
export function wholeAddress(api) {
	try {
		return new URL(api, globalThis.location.href).href.replace(/\/$/, '');
	} catch {
		return api;
	}
}

/*
 * Some hosts let nothing but GET and POST through; mod_security's core rule set does so.  Their refusal is
 * none of pgbell's, whose problems have a type of their own.
 */
const isFiltered = (method, status, answer) =>
	/^(PUT|DELETE)$/.test(method) &&
	[403, 405, 501].includes(status) &&
	!String(answer?.type).startsWith('urn:pgbell:');

/*
 *   api             the address of the interface, without a slash at its end
 *   token()         the bearer token, or a promise of it; left out where a cookie says who asks
 *   onUnauthorized  called when the server does not, or not any more, know who is asking
 * Returns request(method, path, body), which resolves to the JSON answered (null for 204).
 */
export function createRequest({ api = '/api', token, onUnauthorized } = {}) {
	const address = wholeAddress(api);
	let byPost = false; /* the host is one of those: PUT and DELETE go as POST, which says what is meant */

	async function send(method, path, body) {
		const headers = { accept: 'application/json' };
		if (token) headers.authorization = `Bearer ${await token()}`;
		if (method !== 'GET') headers['content-type'] = 'application/json';
		const isMeant = byPost && /^(PUT|DELETE)$/.test(method);
		try {
			return await fetch(address + path + (isMeant ? `?method=${method}` : ''), {
				method: isMeant ? 'POST' : method,
				headers,
				cache: 'no-store',
				signal: AbortSignal.timeout?.(LIMIT_MS) /* React Native has none */,
				body: body && JSON.stringify(body),
				/* A mark is made by the very click that leaves the page. */
				keepalive: method !== 'GET' && body === undefined,
			});
		} catch {
			throw new Problem(0, {
				detail: 'The server cannot be reached. Please try again.',
			});
		}
	}

	return async function request(method, path, body) {
		const response = await send(method, path, body);
		if (response.status === 204) return null;
		/* A web server's own error page is not JSON; its status still says enough. */
		const answer = await response.json().catch(() => undefined);
		if (!byPost && isFiltered(method, response.status, answer)) {
			byPost = true;
			return request(method, path, body);
		}
		if (response.status === 401) onUnauthorized?.();
		if (!response.ok || answer === undefined)
			throw new Problem(
				response.status,
				answer,
				response.headers.get('retry-after'),
			);
		return answer;
	};
}

/* What the example application and the bell ask by; parameters that are not given are left out. */
export function query(parameters = {}) {
	const given = Object.entries(parameters).filter(
		([, value]) => value !== undefined && value !== null,
	);
	return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
