/*
 * The panel that the bell opens: the list, and all that can be done with it; and the words for those who
 * hear the page when something rings.
 *
 * Keyboard: the arrows, Home and End move through the list; Enter follows a notification and marks
 * it read; Delete removes it; Escape closes the panel and gives the focus back to the button.
 * Every one of those is also a button that Tab reaches.
 */

import { addPanelSheet } from './bell-panel-style.js';
import { createBellRow } from './bell-row.js';
import { TEXTS } from './bell-texts.js';
import { syncChildren } from './sync-children.js';
import { describe as describeAny, isNews, sentenceOf } from './describe.js';
import { h } from './element.js';
import { createPopover } from './popover.js';
import { report, reportMistake } from './report.js';
import { keepTimesTrue } from './time.js';
import { createAnnouncer } from './announcer.js';

/*
 * Orca drops what a live region says while a hundred events of the page wait for it, and a row that changes is
 * two or three: it is given time to work them off.
 */
const MANY_ROWS = 20;
const CALM_MS = 1000;

/*
 *   root, element, button   of the bell (bell.js), which it belongs to
 *   store, speech           as the bell has them
 *   extra                   an element at the foot of the panel, if any
 *   offers                  {mutes, snooze, filter}, as the bell has them
 *   counts                  'unseen' where opening it says that all was seen
 * Returns {elements, toggle, close, dispose}.
 */
export function createPanel({ root, element: bell, button, store, speech, extra, offers, counts }) {
	const { texts, describe, language } = speech;
	const heading = h('h2', { id: 'heading', part: 'heading', tabindex: '-1' }, texts.heading);
	const markAll = quietButton(texts.markAll, markAllRead);
	/* All, and the unread ones alone; none of them where there is no choice. */
	const lists = offers.filter === null ? [] : [store, store.filtered({ unread: true })];
	const choices = lists.map((each) =>
		quietButton(each === store ? texts.showAll : texts.showUnread, () => {
			show(each);
			sayCount();
		}),
	);
	const failure = h('p', { class: 'failure', role: 'alert' });
	const undoing = h('p', { class: 'undoing', part: 'undoing', role: 'status' });
	const list = h('ul', { class: 'list', 'aria-labelledby': 'heading', onkeydown: onListKey });
	const empty = h('p', { class: 'empty', part: 'empty' });
	const older = quietButton(texts.older, loadOlder);
	const away = quietButton(texts.away, () => attempt(toggleAway()));
	const status = h('p', { class: 'status', part: 'status', role: 'status' });
	const element = h(
		'section',
		{
			id: 'panel',
			part: 'panel',
			hidden: true,
			/* A press between the rows leaves the focus here, and Escape is heard. */
			tabindex: '-1',
			'aria-labelledby': 'heading',
		},
		h(
			'header',
			{ part: 'header' },
			heading,
			markAll,
			choices.length > 0 &&
				h('div', { class: 'choices', part: 'filter', role: 'group', 'aria-label': texts.show }, choices),
		),
		failure,
		undoing,
		list,
		empty,
		h('footer', {}, older, away, extra, status),
	);
	const { isOpen, setOpen, place } = createPopover(element, button);
	const announcer = createAnnouncer(store);
	const rows = new Map();

	const placeOf = (target) =>
		list.contains(target)
			? [...list.children].findIndex((row) => row.contains(target))
			: -1;

	/* What was done, and its undoing, until the panel is closed or something else is done so. */
	function offerUndo(text, undo) {
		const back = quietButton(texts.undo, () => {
			undoing.replaceChildren();
			attempt(undo());
			focusList(0);
		});
		undoing.replaceChildren(text, ' ', back);
	}

	let shown = store; /* the list that is */
	let endUnread; /* it is kept up from when it was shown first */

	function show(next) {
		shown = next;
		if (shown !== store) endUnread ??= shown.subscribe(render);
		/* Not by entries(), which is another on pages with Prototype.js. */
		choices.forEach((choice, n) => choice.setAttribute('aria-pressed', String(lists[n] === shown)));
		renew();
		render();
	}

	/*
	 * One that is read stays among the unread ones until the list is opened or chosen anew: the next row is not to
	 * come under a hand that presses again.
	 */
	const renew = () => lists[1]?.renew();

	function toggle() {
		undoing.replaceChildren();
		renew();
		setOpen(!isOpen());
		if (isOpen()) focusList(0);
		else button.focus();
		if (isOpen() && counts === 'unseen') attempt(store.markSeen());
		awayPart?.close();
	}

	let awayPart = null; /* once it was asked for */

	async function toggleAway() {
		const { createAway } = await import('./bell-away.js');
		awayPart ??= createAway({ root, button: away, store, speech, offers });
		await awayPart.toggle();
	}

	/* What comes while somebody looks at the list is seen, too. */
	let seeing = false;

	async function keepSeen() {
		if (counts !== 'unseen' || seeing || !isOpen() || document.hidden) return;
		if (!(store.getSnapshot().unseenCount > 0)) return;
		seeing = true;
		await store.markSeen().catch(reportMistake); /* the next event asks again */
		seeing = false;
	}

	async function attempt(doing) {
		failure.textContent = '';
		try {
			await doing;
		} catch (problem) {
			failure.textContent = problem.message;
			reportMistake(problem);
		}
	}

	/* A person who does not see the rows hears by it that something was done. */
	const sayCount = () => announcer.answer(texts.button(store.getSnapshot().unreadCount));

	async function change(doing, rows = 1) {
		await attempt(doing);
		if (failure.textContent !== '') return;
		if (rows > MANY_ROWS) setTimeout(sayCount, CALM_MS);
		else sayCount();
	}

	function markAllRead() {
		if (store.getSnapshot().unreadCount > 0) change(store.markAllRead(), list.children.length);
	}

	async function loadOlder() {
		const before = list.children.length;
		await attempt(shown.loadOlder());
		if (list.children.length > before) focusList(before);
	}

	function render() {
		const {
			notifications,
			unreadCount,
			next,
			loaded,
			status: now,
		} = shown.getSnapshot();
		const at = placeOf(root.activeElement);
		syncChildren(list, rows, notifications, ({ id }) => id, createRow);
		if (at !== -1 && !list.contains(root.activeElement)) focusList(at);
		markAll.setAttribute('aria-disabled', String(unreadCount === 0));
		empty.hidden = notifications.length > 0;
		empty.textContent = loaded ? texts[shown === store ? 'empty' : 'noneUnread'] : texts.loading;
		older.hidden = next === null;
		const word = texts[now] ?? '';
		if (status.textContent !== word) status.textContent = word;
		keepSeen();
	}

	const handlers = {
		onFollow({ id, read_at: readAt }) {
			setOpen(false);
			button.focus();
			if (readAt === null) attempt(store.markRead(id));
		},
		onRead: ({ id }) => change(store.markRead(id)),
		onUnread: ({ id }) => change(store.markUnread(id)),
		onRemove: ({ id }) => change(store.remove(id)),
		choices: {
			...(offers.mutes && { mute: asking(() => import('./bell-mute.js'), 'createMute') }),
			...(offers.snooze && { snooze: asking(() => import('./bell-snooze.js'), 'createSnooze') }),
		},
	};

	/* Each comes when it is asked for first. */
	function asking(fetchModule, name) {
		const open = async (ask) => {
			const create = (await fetchModule())[name];
			ask((what) => create({ ...what, store, texts, offerUndo }));
		};
		return (ask) => attempt(open(ask));
	}

	/* What cannot be said as the page wants it is said plainly: it must not cost the others their rows. */
	function createRow(notification) {
		try {
			return createBellRow(notification, speech, handlers);
		} catch (error) {
			report(error);
			const plain = { texts: TEXTS, describe: describeAny, language };
			return createBellRow(notification, plain, handlers);
		}
	}

	/* Focuses the n-th notification, else the last one, else the heading. */
	function focusList(n) {
		const row = list.children[Math.min(n, list.children.length - 1)];
		(row?.querySelector('.what') ?? heading).focus();
	}

	function onListKey(event) {
		const at = placeOf(event.target);
		const to = {
			ArrowDown: at + 1,
			ArrowUp: Math.max(at - 1, 0),
			Home: 0,
			End: Infinity,
		}[event.key];
		if (to === undefined && event.key !== 'Delete') return;
		event.preventDefault();
		if (event.key === 'Delete') list.children[at].querySelector('.remove').click();
		else focusList(to);
	}

	/* One layer an Escape: what lies below, a dialog perhaps, is for the next one. */
	function onKey(event) {
		if (event.key !== 'Escape' || !isOpen()) return;
		event.preventDefault();
		event.stopPropagation();
		toggle();
	}

	/* Tab that leads out of the panel closes it; so does a press elsewhere. */
	function onFocusOut({ relatedTarget: to }) {
		if (to !== null && !bell.contains(to)) setOpen(false);
	}

	function onEvent(event) {
		if (isNews(event)) announcer.say(sentenceOf(describe(event.data)));
	}

	function onPress(event) {
		if (!event.composedPath().includes(bell)) setOpen(false);
	}

	const ending = new AbortController();
	const on = (target, type, then, capture = false) =>
		target.addEventListener(type, then, { signal: ending.signal, capture });
	on(bell, 'keydown', onKey);
	on(bell, 'focusout', onFocusOut);
	on(document, 'pointerdown', onPress);
	on(window, 'resize', place);
	on(window, 'scroll', place, true); /* of whatever holds the button */
	const ends = [
		store.subscribe(render),
		store.onEvent(onEvent),
		keepTimesTrue(list, language),
		announcer.dispose,
		() => ending.abort(),
	];
	away.hidden = !(offers.mutes || offers.snooze);
	away.setAttribute('aria-expanded', 'false');
	addPanelSheet(root);
	button.setAttribute('aria-controls', 'panel');
	show(offers.filter === 'unread' ? lists[1] : store);
	return {
		elements: [element, announcer.element],
		toggle,
		close: () => setOpen(false),
		dispose() {
			endUnread?.();
			for (const end of ends) end();
		},
	};
}

function quietButton(text, onclick) {
	return h('button', { type: 'button', class: 'quiet', part: 'action', onclick }, text);
}
