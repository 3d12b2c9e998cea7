/*
 * The life of the page, as far as a connection follows it.  In Chromium and WebKit a stream, lock or
 * channel that is held keeps a page out of the back/forward cache, and a frozen page that holds the stream
 * would leave the other tabs without one: so all is let go of in time, and taken up again afterwards.
 * Firefox (ESR 153) never keeps a page that has had a stream or a lock, also one that has let go of it: there
 * the page is loaded anew, and reads its list.
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
