// How long a test waits for what must come.  A machine that is loaded several
// times over, or stands still for some seconds, is no failure of what is
// tested: so nothing waits for less without a reason of its own.

import assert from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';

export const PATIENCE_MS = 30_000;

// A request that is not answered fails by its name, and does not hold up its whole file.
// Answered is what has had this event: 'close' (the whole answer) or 'response' (its header).
export function expectAnswer(what, outgoing, event = 'close', timeoutMs = 2 * PATIENCE_MS) {
	const timer = setTimeout(() => outgoing.destroy(new Error(`no answer to ${what} within ${timeoutMs} ms`)), timeoutMs);
	for (const last of [event, 'close'])
		outgoing.once(last, () => clearTimeout(timer));
}

// Ask until the answer is truthy, and give it back.
export async function waitFor(what, condition, timeoutMs = PATIENCE_MS) {
	const deadline = Date.now() + timeoutMs;
	for (;;) {
		const value = await condition();
		if (value)
			return value;
		assert.ok(Date.now() < deadline, `waited ${timeoutMs} ms for ${what}`);
		await sleep(20);
	}
}
