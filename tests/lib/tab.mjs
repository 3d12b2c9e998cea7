// An EventSource as a page has one: it comes back by its last number after each end, and knows what it was told.
//   statuses: of its answers; rounds: how often it was let in.

import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStream } from './sse.mjs';

const tabs = new Set();

// A test that failed has not closed its own.
if (process.argv[1]?.endsWith('.test.mjs'))
	after(() => Promise.all([...tabs].map((tab) => tab.close())));

export class Tab {
	numbers = [];
	statuses = [];
	rounds = 0;
	retries = []; // what it was told at each end
	retryMs = 200;
	#site;
	#token;
	#last;
	#open = true;
	#stream;

	constructor(site, token, last) {
		this.#site = site;
		this.#token = token;
		this.#last = last;
		this.ended = this.#run();
		tabs.add(this);
	}

	async #run() {
		while (this.#open) {
			await this.#visit().catch(() => {});
			if (this.#open)
				await sleep(this.retryMs);
		}
	}

	async #visit() {
		const headers = { authorization: `Bearer ${this.#token}` };
		if (this.#last !== undefined)
			headers['last-event-id'] = this.#last;
		const open = this.#site.openStream ?? openStream;
		const stream = this.#stream = await open(`${this.#site.url}/api/notifications/stream`, { headers });
		this.statuses.push(stream.status);
		for (let seen = 0, ended = false; !ended;) {
			ended = await Promise.race([stream.ended.then(() => true), sleep(20, false)]);
			for (; seen < stream.events.length; seen++)
				this.#take(stream.events[seen]);
			this.retryMs = stream.retryMs ?? this.retryMs;
		}
		if (this.#open)
			this.retries.push(stream.retryMs);
	}

	#take({ id, event }) {
		if (event === 'connected')
			this.rounds++;
		if (event === 'new_notification')
			this.numbers.push(Number(id));
		this.#last = id ?? this.#last;
	}

	// The last number that it knows, of whatever event.
	get last() {
		return this.#last;
	}

	async close() {
		this.#open = false;
		this.#stream?.close();
		tabs.delete(this);
		await this.ended;
	}
}
