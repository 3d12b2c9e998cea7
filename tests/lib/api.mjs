// What a request to pgbell-api and to the stream is made of, whatever carries it.

// One request by ask(headers, bytes), which gives { status, headers, text }; body: an
// object goes as JSON, a string as it is.
export async function callApi(ask, { token, cookie, body, headers = {} } = {}) {
	const sent = fieldsOf({ token, headers });
	if (cookie !== undefined)
		sent.cookie = cookie;
	if (body !== undefined)
		sent['content-type'] ??= 'application/json';
	const bytes = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
	if (bytes !== undefined)
		sent['content-length'] = Buffer.byteLength(bytes);
	const answer = await ask(sent, bytes);
	const isJson = /^application\/(\w+\+)?json\b/.test(answer.headers['content-type'] ?? '');
	return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(answer.text) : answer.text };
}

// Who asks, and from where a stream goes on.
export function fieldsOf({ token, lastEventId, headers = {} }) {
	const sent = { ...headers };
	if (token !== undefined)
		sent.authorization = `Bearer ${token}`;
	if (lastEventId !== undefined)
		sent['last-event-id'] = String(lastEventId);
	return sent;
}
