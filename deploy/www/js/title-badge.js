/*
 * The unread count in the title of the page, "(3) Inbox", whatever else changes that title.
 *
 * One keeper a page, however many bells ask for it: two would answer each other for ever.  Another script
 * may keep a title as well, so a foreign change is answered once and the next one after a pause.  Only
 * what was put there is taken away: a film may be called "(500) Days of Summer".
 */

const PAUSE_MS = 100;
const REMEMBERED = 50; /* a router may bring back a title that it found standing some pages ago */

const bells = new Map(); /* store → {count, end}: how many bells want it in the title */
const bare = new Map(); /* each title that was put there → what it was without the count */
let observer = null;
let pause = null;
let isDue = false; /* something has changed in the pause */

function bareTitle() {
	const { title } = document;
	if (bare.has(title)) return bare.get(title);
	/* "(3) Inbox – edited": somebody added to what stood there. */
	for (const [ours, without] of bare)
		if (without !== '' && title.includes(ours)) return title.replace(ours, () => without);
	return title;
}

function put(title, without) {
	if (title !== without) {
		bare.delete(title);
		bare.set(title, without);
		if (bare.size > REMEMBERED) bare.delete(bare.keys().next().value);
	}
	if (title === document.title) return false;
	document.title = title;
	return true;
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
	const without = bareTitle();
	/* A title has no blank at its end. */
	const title = without === '' ? `(${unread})` : `(${unread}) ${without}`;
	return put(unread > 0 ? title : without, without);
}

function onForeignChange() {
	if (pause !== null) isDue = true;
	else if (show()) pause = setTimeout(onPauseOver, PAUSE_MS);
}

function onPauseOver() {
	pause = null;
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
		observer.observe(document.head, {
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
