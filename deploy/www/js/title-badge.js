/*
 * The unread count in the title of the page, "(3) Inbox", whatever else changes that title.
 *
 * One keeper a page, however many bells ask for it: two would answer each other for ever.  Another script
 * may keep a title as well, so a foreign change is answered once and the next ones after pauses that grow
 * for as long as they go on.  Only what was put there is taken away: a film may be called "(500) Days of
 * Summer".  And where others put something before it, as a name of the site, the count stays behind that.
 */

const PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10000;
const REMEMBERED = 50; /* a router may bring back a title that it found standing some pages ago */

const bells = new Map(); /* store → {count, end}: how many bells want it in the title */
const parts = new Map(); /* each title that was put there → what stood before the count, and behind it */
let observer = null;
let pause = null;
let pause_ms = PAUSE_MS;
let isDue = false; /* something has changed in the pause */

/* What the count of the title that is there stands behind, and before. */
function takeApart() {
	const { title } = document;
	if (parts.has(title)) return parts.get(title);
	/* "(3) Inbox – edited": somebody added to what stood there. */
	for (const [ours, [before, behind]] of parts) {
		if (behind === '' || !title.includes(ours)) continue;
		const [start, ...end] = title.split(ours);
		return [start + before, behind + end.join(ours)];
	}
	return ['', title];
}

/* Of all the stores; those of the same interface tell the same. */
function countUnread() {
	const counts = new Map();
	for (const store of bells.keys())
		counts.set(store.api ?? store, store.getSnapshot().unreadCount);
	return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/* Returns whether there was anything to do. */
function show() {
	const unread = countUnread();
	const [before, behind] = takeApart();
	/* A title has no blank at its end. */
	const title = unread > 0 ? `${before}(${unread}) ${behind}`.trimEnd() : before + behind;
	if (unread > 0) {
		parts.delete(title);
		parts.set(title, [before, behind]);
		if (parts.size > REMEMBERED) parts.delete(parts.keys().next().value);
	}
	if (title === document.title) return false;
	document.title = title;
	return true;
}

function onForeignChange() {
	if (pause !== null) isDue = true;
	else if (show()) pause = setTimeout(onPauseOver, pause_ms);
}

function onPauseOver() {
	pause = null;
	pause_ms = isDue ? Math.min(2 * pause_ms, LONGEST_PAUSE_MS) : PAUSE_MS;
	if (!isDue || observer === null) return;
	isDue = false;
	onForeignChange();
}

/* Returns {dispose}. */
export function keepTitleBadge(store) {
	const asked = bells.get(store) ?? { count: 0, end: store.subscribe(show) };
	asked.count++;
	bells.set(store, asked);
	if (observer === null) {
		observer = new MutationObserver(onForeignChange);
		observer.observe(document.head ?? document, {
			subtree: true,
			childList: true,
			characterData: true,
		});
	}
	show();
	return {
		dispose() {
			if (--asked.count > 0) return;
			asked.end();
			bells.delete(store);
			show();
			if (bells.size > 0) return;
			observer.disconnect();
			observer = null;
		},
	};
}
