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
import { callApi, fieldsOf } from './api.mjs';
import { leave, ringsThrough, sharesAConnection } from './duties.mjs';
import { Stream } from './sse.mjs';
import { expectAnswer } from './wait.mjs';

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

	// One request; body: an object goes as JSON, a string as it is.
	api(method, path, options) {
		return callApi(async (sent, bytes) => {
			const answer = await this.#ask(method, path, sent, bytes);
			return { status: answer.statusCode, headers: answer.headers, text: Buffer.concat(await answer.toArray()).toString() };
		}, options);
	}

	stream(token, { lastEventId, headers } = {}) {
		return this.openStream(`${this.url}/api/notifications/stream`, { headers: fieldsOf({ token, lastEventId, headers }) });
	}

	openStream = async (url, { headers }) => {
		const path = String(url).slice(this.url.length);
		const answer = await this.#ask('GET', path, { accept: 'text/event-stream', ...headers });
		return new Stream({ destroy: () => answer.close(http2.constants.NGHTTP2_CANCEL) }, answer);
	};

	close() {
		this.#session?.destroy();
	}

	// Resolves when the answer's header has arrived, to a readable stream that has it.  A server
	// that shuts a connection down refuses what met its GOAWAY on the way: nothing was done, and
	// it is asked for on another one (RFC 9113, section 8.7).
	#ask(method, path, headers, body, wasRefused = false) {
		return new Promise((resolve, reject) => {
			const session = this.#connect();
			const asked = session.request({ ':method': method, ':path': path, ...headers }, { endStream: body === undefined });
			expectAnswer(`${method} ${path}`, asked, 'response');
			asked.on('error', (error) => {
				if (wasRefused || asked.rstCode !== http2.constants.NGHTTP2_REFUSED_STREAM)
					return reject(error);
				session.close(); // when its other streams have ended
				return resolve(this.#ask(method, path, headers, body, true));
			});
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

// What holds of any browser holds of this one, which is closed then: it is rung, has so
// many streams on its one connection, and is missed.  Gives how many heartbeats that took.
export async function ringsOverHttp2(browser, count) {
	try {
		await ringsThrough(browser);
		await sharesAConnection(browser, count);
		return await leave(browser, await browser.signUp());
	} finally {
		browser.close();
	}
}
