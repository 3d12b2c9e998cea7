// Timers that pass when a test says so: mockTimers(t).tick(30_000).  Node's own (mock.timers) differ
// between the releases that Debian 12 and others have.
export function mockTimers(t) {
	const { setTimeout, clearTimeout } = globalThis;
	const waiting = new Map(); // number → { at, run }
	let now = 0;
	let last = 0;
	globalThis.setTimeout = (run, ms = 0, ...words) => {
		waiting.set(++last, { at: now + Math.max(1, ms), run: () => run(...words) });
		return last;
	};
	globalThis.clearTimeout = (timer) => waiting.delete(timer) || clearTimeout(timer);
	t.after(() => Object.assign(globalThis, { setTimeout, clearTimeout }));

	const nextUntil = (end) => [...waiting].filter(([, { at }]) => at <= end).sort(([a, { at: one }], [b, { at: other }]) => one - other || a - b)[0];
	return {
		tick(ms) {
			const end = now + ms;
			for (let next = nextUntil(end); next; next = nextUntil(end)) {
				const [number, { at, run }] = next;
				waiting.delete(number);
				now = at;
				run();
			}
			now = end;
		},
	};
}
