// A client for event streams (HTML standard, section 9.2) that shows a test
// everything: status, header fields, every event, and the end.

import http from 'node:http';
import { expectAnswer, PATIENCE_MS } from './wait.mjs';

// Resolves when the answer's header has arrived, whatever its status is.
export function openStream(url, { headers = {} } = {}) {
	return new Promise((resolve, reject) => {
		const outgoing = http.get(url, { agent: false, headers: { accept: 'text/event-stream', ...headers } });
		expectAnswer(`GET ${url}`, outgoing, 'response');
		outgoing.on('error', reject);
		outgoing.on('response', (response) => resolve(new Stream(outgoing, response)));
	});
}

export class Stream {
	events = [];  // all so far: { id, event, data, at }; id is undefined where the event has none
	text = '';    // the body as it came; a refusal's problem document
	retryMs;      // the last retry: field
	#read = 0;    // events[0 … #read) have been given out by next()
	#waiters = new Set();
	#outgoing;

	constructor(outgoing, response) {
		this.#outgoing = outgoing;
		this.status = response.statusCode;
		this.httpVersion = response.httpVersion;
		this.headers = response.headers;
		const parser = new Parser((event) => this.#take(event), (ms) => { this.retryMs = ms; });
		response.setEncoding('utf8');
		response.on('data', (chunk) => {
			this.text += chunk;
			parser.push(chunk);
		});
		// 'end' when the server ended it in good order, 'cut' when it did not.
		this.ended = new Promise((resolve) => {
			response.on('end', () => resolve('end'));
			response.on('error', () => resolve('cut'));
			response.on('close', () => resolve('cut'));
		});
		this.ended.then(() => this.#wake());
		this.ended.then((how) => { this.isEnded = how; });
	}

	// The next event of this type, or of one of these; those before it are skipped (and stay in
	// .events). Without a type the next one of any but a heartbeat, which may
	// come between any two.
	next(type, timeoutMs = PATIENCE_MS) {
		return this.#nextThat(({ event }) => type === undefined ? event !== 'heartbeat' : [type].flat().includes(event), type ?? 'event', timeoutMs);
	}

	// The next event, whatever it is: what tells a client that its stream is alive.
	nextOfAny(timeoutMs = PATIENCE_MS) {
		return this.#nextThat(() => true, 'event', timeoutMs);
	}

	async #nextThat(isWanted, what, timeoutMs) {
		const deadline = Date.now() + timeoutMs;
		for (;;) {
			while (this.#read < this.events.length) {
				const event = this.events[this.#read++];
				if (isWanted(event))
					return event;
			}
			if (this.isEnded)
				throw new Error(`the stream ended before a further ${what}: ${this.#summary()}`);
			if (!await this.#change(deadline - Date.now()))
				throw new Error(`no ${what} within ${timeoutMs} ms: ${this.#summary()}`);
		}
	}

	close() {
		this.#outgoing.destroy();
	}

	#take(event) {
		this.events.push(event);
		this.#wake();
	}

	#wake() {
		for (const wake of this.#waiters)
			wake(true);
	}

	// True when something changed, false after ms.
	#change(ms) {
		return new Promise((resolve) => {
			const timer = setTimeout(() => done(false), Math.max(ms, 0));
			const done = (changed) => {
				clearTimeout(timer);
				this.#waiters.delete(done);
				resolve(changed);
			};
			this.#waiters.add(done);
		});
	}

	#summary() {
		const seen = this.events.map((event) => event.id ? `${event.event}#${event.id}` : event.event);
		return `status ${this.status}, events so far: ${seen.slice(-20).join(' ') || 'none'}`;
	}
}

// Takes the body of a stream in pieces as they come.
export class Parser {
	#line = '';
	#afterCr = false;
	#fields = { data: [] };
	#onEvent;
	#onRetry;

	constructor(onEvent, onRetry) {
		this.#onEvent = onEvent;
		this.#onRetry = onRetry;
	}

	push(text) {
		if (this.#afterCr && text.startsWith('\n'))
			text = text.slice(1); // of a CRLF that the network split
		if (text !== '')
			this.#afterCr = text.endsWith('\r');
		const lines = (this.#line + text).split(/\r\n|\n|\r/);
		this.#line = lines.pop();
		for (const line of lines)
			this.#takeLine(line);
	}

	#takeLine(line) {
		if (line === '') {
			this.#dispatch();
			return;
		}
		const [, name, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
		if (name === 'data')
			this.#fields.data.push(value ?? '');
		else if (name === 'retry')
			this.#onRetry(Number(value));
		else if (name === 'id' || name === 'event')
			this.#fields[name] = value ?? '';
	}

	#dispatch() {
		const { id, event = 'message', data } = this.#fields;
		this.#fields = { data: [] };
		if (data.length > 0)
			this.#onEvent({ id, event, data: parseJson(data.join('\n')), at: Date.now() });
	}
}

function parseJson(text) {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
