// One who follows a person's stream as a browser does and checks what is
// promised: each number once, in order, without a hole, also across
// reconnects.  What must not be is noted in faults, which a test finds empty.

import { EventSource } from './event-source.mjs';

export class Follower {
	seq;           // the number of the last event, or of connected
	faults = [];
	taken = 0;     // events with a number
	connected = 0; // how often the server said so
	sentBack = 0;  // how often it said no more than when to come back
	connectedAt;   // the last time
	source;
	#isFresh = false;
	#waiters = [];

	constructor(url, token, { lastEventId } = {}) {
		this.seq = lastEventId;
		this.source = new EventSource(url, {
			headers: { authorization: `Bearer ${token}`, ...lastEventId !== undefined && { 'last-event-id': lastEventId } },
			on: {
				open: () => { this.#isFresh = true; },
				event: (event) => this.#take(event),
				lost: (how) => this.#lose(how),
				failed: (why) => this.#blame(why),
			},
		});
	}

	// Resolves when isTrue(this), which is looked at after every event and every
	// loss; rejects at the first fault.
	until(isTrue) {
		return new Promise((resolve, reject) => {
			this.#waiters.push({ isTrue, resolve, reject });
			this.#look();
		});
	}

	close() {
		this.source.close();
	}

	#take({ id, event, data }) {
		if (event === 'connected')
			this.#connect(id, data);
		else if (event === 'reset')
			this.#blame(`reset at ${this.seq}: ${JSON.stringify(data)}`);
		else if (id !== undefined)
			this.#follow(Number(id), event);
		this.#look();
	}

	#connect(id, data) {
		this.connected++;
		this.connectedAt = performance.now();
		this.#isFresh = false;
		if (this.seq === undefined)
			this.seq = data.seq;
		else if (id !== undefined)
			this.#blame(`came back at ${this.seq} and was put at ${id}`);
	}

	#follow(seq, event) {
		if (seq !== this.seq + 1)
			this.#blame(`${event} ${seq} after ${this.seq}`);
		this.seq = seq;
		this.taken++;
	}

	// Browsers come back after a refused connection too; here nothing may refuse one.
	#lose(how) {
		if (how.startsWith('E'))
			this.#blame(`no answer: ${how}`);
		if (this.#isFresh)
			this.sentBack++;
		this.#isFresh = false;
		this.#look();
	}

	#blame(what) {
		this.faults.push(what);
		this.#look();
	}

	#look() {
		this.#waiters = this.#waiters.filter(({ isTrue, resolve, reject }) => {
			if (this.faults.length > 0)
				reject(new Error(this.faults[0]));
			else if (isTrue(this))
				resolve(this);
			else
				return true;
			return false;
		});
	}
}
