/*
 * The life of the page, as far as a connection follows it.  A held stream, lock or channel would keep
 * a page out of the back/forward cache, and a frozen page that holds the stream would leave the other
 * tabs without one: so all is let go of in time, and taken up again afterwards.
 *
 *   onRest   the page goes away, perhaps to come back
 *   onWake   it is back
 *   onLook   somebody looks at it, or the network is back
 *   onLoss   the network is gone
 * Returns the function that ends it.  Where there is no page nothing happens.
 */
export function watchPage({ onRest, onWake, onLook, onLoss }) {
	if (!globalThis.document) return () => {};
	const ending = new AbortController();
	const on = (target, type, then) =>
		target.addEventListener(type, then, { signal: ending.signal });
	on(window, 'pagehide', onRest);
	on(window, 'pageshow', (event) => event.persisted && onWake());
	on(document, 'freeze', onRest);
	on(document, 'resume', onWake);
	on(document, 'visibilitychange', () => !document.hidden && onLook());
	on(window, 'online', onLook);
	on(window, 'offline', onLoss);
	return () => ending.abort();
}
