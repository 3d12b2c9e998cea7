// A browser over HTTP/2: all its requests share one connection, and the next one
// after that was closed, or was told to be (GOAWAY), opens another.
//
//   const browser = new Browser('https://127.0.0.1:8443', { ca, localAddress });
//   const { status, headers, body } = await browser.api('POST', '/api/session', { body });
//   const stream = await browser.stream(token, { lastEventId });   // sse.mjs
//   browser.close();
//
// Options are those of tls.connect().  An address with http: is spoken to in HTTP/2 at
// once.  behind(site) makes it one that can be given to what takes a site (webserver.mjs).

import http2 from 'node:http2';
import { Stream } from './sse.mjs';

export class Browser {
	connections = 0; // that it has opened
	#options;
	#session;

	constructor(url, options) {
		this.url = url;
		this.#options = options;
	}

	behind(site) {
		this.sql = (...words) => site.sql(...words);
		this.signUp = () => site.signUp.call(this);
		return this;
	}

	// One request; body: an object goes as JSON.
	async api(method, path, { token, cookie, body, headers = {} } = {}) {
		const sent = { ...headers };
		if (token !== undefined)
			sent.authorization = `Bearer ${token}`;
		if (cookie !== undefined)
			sent.cookie = cookie;
		const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
		if (bytes !== undefined)
			Object.assign(sent, { 'content-type': 'application/json', 'content-length': bytes.length });
		const answer = await this.#ask(method, path, sent, bytes);
		const text = Buffer.concat(await answer.toArray()).toString();
		const isJson = /^application\/(\w+\+)?json\b/.test(answer.headers['content-type'] ?? '');
		return { status: answer.statusCode, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
	}

	stream(token, { lastEventId, headers = {} } = {}) {
		const sent = { ...headers };
		if (token !== undefined)
			sent.authorization = `Bearer ${token}`;
		if (lastEventId !== undefined)
			sent['last-event-id'] = String(lastEventId);
		return this.openStream(`${this.url}/api/notifications/stream`, { headers: sent });
	}

	openStream = async (url, { headers }) => {
		const path = String(url).slice(this.url.length);
		const answer = await this.#ask('GET', path, { accept: 'text/event-stream', ...headers });
		return new Stream({ destroy: () => answer.close(http2.constants.NGHTTP2_CANCEL) }, answer);
	};

	close() {
		this.#session?.destroy();
	}

	// Resolves when the answer's header has arrived, to a readable stream that has it.
	#ask(method, path, headers, body) {
		return new Promise((resolve, reject) => {
			const asked = this.#connect().request({ ':method': method, ':path': path, ...headers }, { endStream: body === undefined });
			asked.on('error', reject);
			asked.on('close', () => reject(new Error(`${method} ${path} was not answered`)));
			asked.on('response', (fields) => resolve(Object.assign(asked, { statusCode: fields[':status'], headers: fields })));
			if (body !== undefined)
				asked.end(body);
		});
	}

	#connect() {
		if (this.#session === undefined || this.#session.closed || this.#session.destroyed) {
			this.connections++;
			this.#session = http2.connect(this.url, this.#options);
			this.#session.on('error', () => {}); // its requests tell
		}
		return this.#session;
	}
}
