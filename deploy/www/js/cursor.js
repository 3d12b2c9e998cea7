/*
 * How far a page has taken in a log, a person's or a topic's.  Numbers rise, and may leap, so a number alone does not say
 * that one before it was missed.  But whatever tells that the log was further than the cursor already (where
 * a stream began, a heartbeat, what the tab that leads had before) does: then nothing is taken in from
 * there before the log was read up to that.  Only `reset` may set the cursor back.
 */

/* The events that a log has, each with its number. */
export const LOGGED_TYPES = [
	'new_notification',
	'notification_read',
	'notification_unread',
	'notification_changed',
	'notification_seen',
	'notification_deleted',
	'published',
];

export const isLogged = ({ type }) => LOGGED_TYPES.includes(type);

/* `after` is the last number that was taken in; null: none was, and it begins where it is told. */
export function createCursor(after = null) {
	let known = 0; /* the log is at least so far */
	const cursor = {
		seq: after,

		/* The log is at `seq`, somebody says.  Returns whether that is news: there is something to read. */
		lacks(seq) {
			if (!(seq > cursor.seq)) return false;
			known = Math.max(known, seq);
			return true;
		},
		/* Whether an event has to wait for what is to be read before it; reading brings it, too. */
		holdsBack(event) {
			const isBehind = cursor.seq !== null && cursor.seq < known;
			return isBehind && isLogged(event) && cursor.lacks(event.seq);
		},
		/* Takes an event in.  Returns false for one that was taken in before. */
		take({ type, seq }) {
			if (LOGGED_TYPES.includes(type)) {
				if (seq <= cursor.seq) return false;
				cursor.seq = seq;
			} else if (type === 'reset' || (type === 'connected' && cursor.seq === null)) {
				cursor.seq = known = seq;
			}
			return true;
		},
	};
	return cursor;
}
