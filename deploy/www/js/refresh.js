/*
 * Refreshes a page that nothing announces changes to, by asking again: often while something
 * changes, seldom while nothing does, and never while the page is hidden or there is no network.
 */

const SOON_MS = 4000;
const SELDOM_MS = 30000;

/*
 *   look   asks again: async, and throws nothing
 * Returns {soon(), end()}; call soon() when something has changed.
 */
export function keepRefreshed(
	look,
	{ soon_ms = SOON_MS, seldom_ms = SELDOM_MS, page = document } = {},
) {
	let pause_ms = soon_ms;
	let timer;
	let isOver = false;

	/* Pages of the same question are not to go in step. */
	function wait() {
		clearTimeout(timer);
		if (!isOver && !page.hidden)
			timer = setTimeout(lookNow, pause_ms * (0.5 + Math.random() / 2));
	}

	async function lookNow() {
		pause_ms = Math.min(seldom_ms, pause_ms * 1.5);
		if (globalThis.navigator?.onLine !== false) await look();
		wait();
	}

	function soon() {
		pause_ms = soon_ms;
		wait();
	}

	function onVisibility() {
		soon();
		if (!page.hidden) lookNow();
	}

	page.addEventListener('visibilitychange', onVisibility);
	wait();
	return {
		soon,
		end() {
			isOver = true;
			clearTimeout(timer);
			page.removeEventListener('visibilitychange', onVisibility);
		},
	};
}
