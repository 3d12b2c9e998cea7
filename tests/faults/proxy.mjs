// A proxy between two programs (unix or TCP sockets), at which their traffic can be
// slowed, dropped or cut.
//
//   const proxy = new LinkProxy({ path: '/…/.s.PGSQL.5432' });
//   await proxy.open({ path: '/…/proxy/.s.PGSQL.5432' });     or { port: 0, host: '127.0.0.1' }
//
// With `filter`, a function that makes (chunk) => chunk for each connection,
// what comes back from the target goes through that.

import { once } from 'node:events';
import net from 'node:net';

export class LinkProxy {
	#target;
	#filter;
	#server;
	#passages = new Set();
	passed = 0; // connections that were let in so far

	constructor(target, filter = () => (chunk) => chunk) {
		this.#target = target;
		this.#filter = filter;
	}

	async open(address) {
		this.#server = net.createServer((near) => this.#enter(near));
		this.#server.listen({ ...address, readableAll: true, writableAll: true });
		await once(this.#server, 'listening');
		this.port = this.#server.address().port;
	}

	#enter(near) {
		const far = net.connect(this.#target);
		const passage = { near, far, isSwallowed: false };
		const filter = this.#filter();
		const carry = (from, to, change) => {
			from.on('data', (chunk) => {
				if (passage.isSwallowed)
					return;
				if (!to.write(change(chunk)))
					from.pause();
			});
			to.on('drain', () => passage.isPaused || from.resume());
			from.on('end', () => passage.isSwallowed || to.end());
			from.on('error', () => {});
			from.on('close', () => passage.isSwallowed || to.destroy());
		};
		carry(near, far, (chunk) => chunk);
		carry(far, near, filter);
		near.on('close', () => this.#passages.delete(passage));
		this.#passages.add(passage);
		this.passed++;
	}

	// Nothing more is taken from the target, which finds its buffers full.
	pause() {
		for (const passage of this.#passages) {
			passage.isPaused = true;
			passage.far.pause();
		}
	}

	resume() {
		for (const passage of this.#passages) {
			passage.isPaused = false;
			passage.far.resume();
		}
	}

	// The connections there are go half-open: both sides stay connected, to nobody.
	swallow() {
		for (const passage of this.#passages)
			passage.isSwallowed = true;
	}

	cut() {
		for (const { near, far } of this.#passages) {
			near.destroy();
			far.destroy();
		}
		this.#passages.clear();
	}

	// Only those that swallow(), so that the target can forget them.
	cutSwallowed() {
		for (const { near, far, isSwallowed } of this.#passages)
			if (isSwallowed) {
				near.destroy();
				far.destroy();
			}
	}

	async close() {
		this.cut();
		this.#server.close();
		await once(this.#server, 'close');
	}
}
