/*
 * What the page knows of a person's inbox, and how it changes: pure functions from one state to
 * the next.
 *
 * The list and the badge each have a cursor.  `seq` is the last event the list has seen; an event
 * at or below it is an echo and changes nothing.  `countSeq` is the event that the unread count
 * belongs to; the answer to a request may know a later count than the stream has brought, and an
 * older number never replaces a newer one.  The count is the server's, always: nothing here adds
 * or subtracts.
 */

const KEPT = 1000; /* what is older is asked for again: a page may stay open for months */

export const EMPTY = Object.freeze({
	loaded: false,
	notifications: Object.freeze([]) /* newest first, without a gap, down to `next` */,
	next: null /* what to ask older ones by; null: there are none */,
	seq: 0,
	unreadCount: 0,
	countSeq: 0,
	unseenCount: null /* the server's; null: this person's pages do not say what is seen */,
});

/* The newest page as the server has it: replaces everything, cursors too. */
export function readNewest(page) {
	return {
		loaded: true,
		notifications: page.notifications,
		next: page.next,
		seq: page.seq,
		unreadCount: page.unread_count,
		countSeq: page.seq,
		unseenCount: page.unseen_count ?? null,
	};
}

/* The page that was asked for by `before`; an answer that the list has moved away from is dropped. */
export function readOlder(inbox, before, page) {
	if (inbox.next !== before) return inbox;
	const known = new Set(inbox.notifications.map(({ id }) => id));
	const older = page.notifications.filter(({ id }) => !known.has(id));
	return counted(
		{ ...inbox, notifications: [...inbox.notifications, ...older], next: page.next },
		page.unread_count,
		page.seq,
	);
}

/* One event of the stream, for a list of all, or of those that the filter {unread, kind, subject} leaves. */
export function applyEvent(inbox, { type, seq, data }, filter) {
	const change = CHANGES[type];
	const current =
		change === undefined || seq <= inbox.seq ? inbox : { ...change(inbox, data, filter), seq };
	return counted(current, data.unread_count, seq);
}

/*
 * The answer to a request that did what `type` and `data` tell.  The event of it will come, or has
 * come; until then the list shows it already.
 */
export function applyAnswer(inbox, change, answer) {
	const current = answer.seq <= inbox.seq ? inbox : applyChange(inbox, change);
	return counted(current, answer.unread_count, answer.seq);
}

/* An answer tells how many are not seen, as no event does. */
export function readUnseen(inbox, { unseen_count: unseenCount = null, seq }) {
	if (seq < inbox.countSeq || unseenCount === inbox.unseenCount) return inbox;
	return { ...inbox, unseenCount };
}

/* The list as it will be after what was asked for but not answered yet; cursors and count stay. */
export function applyChange(inbox, { type, data }) {
	return CHANGES[type](inbox, data);
}

/* What "mark all read" does to lists: those that they show now, and none that comes meanwhile. */
export function readingAll(...inboxes) {
	const ids = inboxes.flatMap(({ notifications }) => idsOf(notifications.filter(isUnread)));
	return { type: 'notification_read', data: { ids } };
}

const isUnread = ({ read_at: readAt }) => readAt === null;

/* A subject includes what is under it, as a path does. */
export const isOf = ({ unread = false, kind, subject } = {}) => (row) =>
	(!unread || isUnread(row)) &&
	(kind ?? row.kind) === row.kind &&
	`${row.subject ?? ''}/`.startsWith(subject ? `${subject}/` : '');

/*
 * Whether an event has made one unread that the filter had left out, being read: the event has no more than
 * its id.
 */
export function lacks({ seq: known, notifications }, { type, seq, data }, { unread }) {
	if (!unread || seq <= known) return false;
	const ids = type === 'notification_unread' ? data.ids : data.except;
	return ids?.some((id) => !notifications.some((one) => one.id === id));
}

function counted(inbox, unreadCount, seq) {
	if (unreadCount === undefined || seq < inbox.countSeq) return inbox;
	if (unreadCount === inbox.unreadCount && seq === inbox.countSeq) return inbox;
	return { ...inbox, unreadCount, countSeq: seq };
}

const CHANGES = {
	new_notification: insert,
	notification_changed: change,
	notification_read: (inbox, data) => (data.all ? markAll(inbox, data) : mark(inbox, data.ids, true)),
	notification_unread: (inbox, { ids }) => mark(inbox, ids, false),
	notification_deleted: (inbox, { id }) => without(inbox, id),
	notification_seen: (inbox, { unseen_count: unseenCount }) => ({ ...inbox, unseenCount }),
};

/* One that the list has stays in it, read or not. */
function change(inbox, row, filter) {
	const others = without(inbox, row.id);
	const isThere = others.notifications.length < inbox.notifications.length;
	return insert(others, row, isThere ? { ...filter, unread: false } : filter);
}

function without(inbox, id) {
	return { ...inbox, notifications: inbox.notifications.filter((one) => one.id !== id) };
}

/* Where a list has it: by its id, or where it moved to when others were merged with it. */
const placeOf = ({ place, id }) => place ?? id;

/*
 * Ids are given before the commit, so one that arrives late may belong further down; below the
 * oldest that is shown it will come with the older ones.
 */
function insert(inbox, { unread_count: _, ...told }, filter) {
	const notification = { read_at: null, ...told };
	const { notifications, next } = inbox;
	if (!isOf(filter)(notification) || notifications.some(({ id }) => id === notification.id)) return inbox;
	if (next !== null && placeOf(notification) < next) return inbox;
	const place = notifications.findIndex((one) => placeOf(one) < placeOf(notification));
	const at = place === -1 ? notifications.length : place;
	const all = [...notifications.slice(0, at), notification, ...notifications.slice(at)];
	if (all.length <= KEPT) return { ...inbox, notifications: all };
	return { ...inbox, notifications: all.slice(0, KEPT), next: placeOf(all[KEPT - 1]) };
}

/* `up_to`, an id, is how a server before `except` says it; to be dropped with the release after 0.1. */
function markAll(inbox, { except = [], up_to: upTo = Infinity }) {
	const { notifications } = inbox;
	const left = notifications.filter(({ id }) => except.includes(id));
	const read = notifications.filter(({ id }) => id <= upTo && !except.includes(id));
	return mark(mark(inbox, idsOf(left), false), idsOf(read), true);
}

const idsOf = (rows) => rows.map(({ id }) => id);

function mark(inbox, ids, read) {
	const concerned = new Set(ids);
	return {
		...inbox,
		notifications: inbox.notifications.map((one) =>
			concerned.has(one.id) && isUnread(one) === read
				? { ...one, read_at: read ? new Date().toISOString() : null }
				: one,
		),
	};
}
