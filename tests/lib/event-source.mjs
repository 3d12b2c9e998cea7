// A browser's EventSource (HTML standard, section 9.2.2), which Node 18 and 20
// have not: it comes back by itself after the end of a 200 or a broken
// connection, waits as long as the last `retry:` said, sends Last-Event-ID, and
// gives up for good on any other answer.

import http from 'node:http';
import { Parser } from './sse.mjs';

const RETRY_MS = 3000; // what browsers wait until they are told otherwise; Firefox 5000

export class EventSource {
	lastEventId = '';
	retryMs = RETRY_MS;
	readyState = 'connecting'; // 'open', 'closed'
	#url;
	#headers;
	#on;
	#outgoing;
	#response;
	#timer;

	// on: { event({ id, event, data }), open(), lost(how), failed(why) }, each of
	// them optional; lost: it will come back; failed: it never will.
	constructor(url, { headers = {}, on = {} } = {}) {
		this.#url = url;
		this.#headers = { accept: 'text/event-stream', 'cache-control': 'no-store', ...headers };
		this.#on = on;
		this.#connect();
	}

	close() {
		this.readyState = 'closed';
		clearTimeout(this.#timer);
		this.#outgoing.destroy();
	}

	// As when the network fails under it.
	cut() {
		this.#outgoing.destroy();
	}

	// Stop taking what arrives, so that it fills the buffers on the way.
	pause() {
		this.#response?.pause();
	}

	resume() {
		this.#response?.resume();
	}

	#connect() {
		this.readyState = 'connecting';
		const headers = this.lastEventId === '' ? this.#headers : { ...this.#headers, 'last-event-id': this.lastEventId };
		const outgoing = http.get(this.#url, { agent: false, headers });
		outgoing.on('response', (response) => this.#take(response));
		outgoing.on('error', (error) => { outgoing.reason ??= error.code ?? error.message; });
		outgoing.on('close', () => this.#lose(outgoing.reason ?? 'cut'));
		this.#outgoing = outgoing;
	}

	#take(response) {
		const type = response.headers['content-type'];
		if (response.statusCode !== 200 || !/^text\/event-stream\b/.test(type)) {
			this.close();
			this.#on.failed?.(`status ${response.statusCode}, ${type}`);
			return;
		}
		this.readyState = 'open';
		this.#response = response;
		this.#on.open?.();
		const parser = new Parser((event) => this.#dispatch(event), (ms) => { this.retryMs = ms; });
		response.setEncoding('utf8');
		response.on('data', (chunk) => parser.push(chunk));
		response.on('end', () => { response.req.reason = 'end'; });
		response.on('error', () => {}); // 'close' follows
	}

	#dispatch(event) {
		if (this.readyState !== 'open')
			return;
		this.lastEventId = event.id ?? this.lastEventId;
		this.#on.event?.(event);
	}

	#lose(how) {
		if (this.readyState === 'closed')
			return;
		this.readyState = 'connecting';
		this.#on.lost?.(how);
		this.#timer = setTimeout(() => this.#connect(), this.retryMs);
	}
}
