/*
 * How long to wait before trying again: anywhere between nothing and a bound that doubles with each
 * try up to a cap.  The whole range, and the cap before the chance ("full jitter"), so that pages
 * that lost the same server do not come back in step.
 */
export function createBackoff({ first_ms = 1000, cap_ms = 30000, random = Math.random } = {}) {
	let tries = 0;
	return {
		next() {
			const bound_ms = Math.min(cap_ms, first_ms * 2 ** tries);
			tries = Math.min(tries + 1, 30);
			return random() * bound_ms;
		},
		reset() {
			tries = 0;
		},
	};
}
