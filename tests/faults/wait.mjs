// Waiting, always with an end.

import { setTimeout as sleep } from 'node:timers/promises';

// Ask until the answer is truthy, and give it back; an error counts as a no.
export async function until(what, ask, limitMs = 30_000) {
	const deadline = performance.now() + limitMs;
	let last;
	do {
		const answer = await ask().catch((error) => { last = error; });
		if (answer)
			return answer;
		await sleep(10);
	} while (performance.now() < deadline);
	throw new Error(`${what}: not within ${limitMs} ms${last ? ` (${last.message})` : ''}`);
}

// The promise, or an error after limitMs.  What it may still come to is the caller's.
export async function within(limitMs, what, promise) {
	const over = new AbortController();
	const late = sleep(limitMs, undefined, { signal: over.signal })
		.then(() => { throw new Error(`${what}: not within ${limitMs} ms`); }, () => {});
	try {
		return await Promise.race([promise, late]);
	} finally {
		over.abort();
	}
}

// A sleep that wake() ends early.
export class Nap {
	#wake = () => {};

	take(ms) {
		return new Promise((resolve) => {
			const timer = setTimeout(() => this.#wake(), ms);
			this.#wake = () => {
				clearTimeout(timer);
				resolve();
			};
		});
	}

	wake() {
		this.#wake();
	}
}
