/*
 * createNotificationSSE(): what rings for a person, event by event, each logged one exactly once and
 * in the order of its number, whichever way it comes: from a stream, from polling while there is none
 * (connection.js), or from another tab that holds the one stream of this browser (tabs.js).
 *
 * The cursor makes that true.  An event at or below it was taken in already; one beyond the next says
 * that something between was not heard, and the log is read.  Only `reset` may set it back.
 */

import { createBackoff } from './backoff.js';
import { createConnection, TIMING } from './connection.js';
import { watchPage } from './page.js';
import { createPolling } from './polling.js';
import { createRequest, query } from './request.js';
import { canMeet, canShare, joinTabs, meetOthers } from './tabs.js';

const LOGGED = new Set([
	'new_notification',
	'notification_read',
	'notification_unread',
	'notification_deleted',
]);

/* The options are described in sse.d.ts. */
export function createNotificationSSE({
	api = '/api',
	after = null,
	person = null,
	token,
	handlers = {},
	onEvent,
	onStatus,
	share = true,
	timing: given,
	EventSource = globalThis.EventSource,
} = {}) {
	const timing = { ...TIMING, ...given };
	const url = globalThis.location && new URL(api, location);
	const cursor = { seq: after };
	const request = createRequest({ api, token });
	const readLog = createPolling({ request, cursor, isOurs, onEvent: receive });
	const backoff = createBackoff(timing);
	let status = null;
	let connection = null; /* null while another tab leads, and while the page rests */
	let tabs = null;
	let others = null; /* the pages of whoever else is signed in */
	let missing; /* the timer of another try to read what is */
	let isOver = false;
	let hasWarned = false;

	function show(next) {
		if (isOver || next === status) return;
		status = next;
		if (next === 'polling' && !hasWarned) {
			hasWarned = true;
			console.warn('pgbell: no stream; falling back to polling');
		}
		tabs?.tellStatus();
		call(onStatus, next);
	}

	/* --- what comes in ----------------------------------------------------------------------- */

	/* From our own connection. */
	function receive(event) {
		if (isOver) return;
		if (event.type === 'connected') {
			if (!isOurs(event.data)) return;
			if (tabs === null && share && canShare()) join();
		}
		tabs?.tell(event);
		take(event);
	}

	/* From the tab that leads.  Its session need not be ours, so the end of it is looked into. */
	function receiveFromTab(event) {
		if (event.type !== 'session_ended') take(event);
		else readLog().catch(({ status: code }) => code === 401 && take(event));
	}

	function take(event) {
		const { type, seq, data } = event;
		if (isOver) return;
		if (LOGGED.has(type)) {
			if (seq <= cursor.seq) return;
			if (cursor.seq !== null && seq > cursor.seq + 1) {
				catchUp();
				return;
			}
			cursor.seq = seq;
		} else if (type === 'reset' || (type === 'connected' && cursor.seq === null)) {
			cursor.seq = seq;
		}
		if (type === 'session_ended') end();
		call(handlers[type], data, event);
		call(onEvent, event);
	}

	/* An application's mistake is its own: it must not look like a failure of the connection. */
	function call(listener, ...told) {
		try {
			listener?.(...told);
		} catch (error) {
			console.error(error);
		}
	}

	/*
	 * Every answer says for whom it is.  For another person, whose the cookie is by now: then this
	 * page is not theirs.  A stream that was opened before knows nothing of that, so whoever signs in
	 * tells the pages beside, and they ask.
	 */
	function isOurs({ user_id: user = person }) {
		person ??= user;
		if (user !== person)
			take({ type: 'session_ended', seq: null, data: { reason: 'signed_out' } });
		else if (!isOver && canMeet()) others ??= meetOthers(`pgbell ${url}`, person, catchUp);
		return user === person;
	}

	/* Asked for until it is there: nothing else might come that shows it to be missing. */
	function catchUp() {
		clearTimeout(missing);
		readLog().then(backoff.reset, ({ status: code, pause_ms = 0 }) => {
			if (code === 401) refuse();
			else if (!isOver) missing = setTimeout(catchUp, pause_ms + backoff.next());
		});
	}

	function refuse() {
		take({ type: 'session_ended', seq: null, data: { reason: 'unknown' } });
	}

	/* --- where from -------------------------------------------------------------------------- */

	async function openSource() {
		const asked = { last_event_id: cursor.seq };
		if (token) asked.ticket = (await request('POST', '/session/ticket')).ticket;
		return new EventSource(`${api}/notifications/stream${query(asked)}`);
	}

	function connect() {
		connection ??= createConnection({
			canStream: Boolean(EventSource),
			canReturn: token === undefined,
			openSource,
			readLog,
			onEvent: receive,
			onStatus: show,
			onRefused: refuse,
			timing,
		});
	}

	function disconnect() {
		connection?.close();
		connection = null;
	}

	function join() {
		tabs = joinTabs({
			name: `pgbell ${url} ${person}`,
			describe: () => ({ status, seq: cursor.seq }),
			onLead: connect,
			onFollow(leader) {
				disconnect();
				show(leader.status);
				if (leader.seq > cursor.seq) catchUp();
			},
			onEvent: receiveFromTab,
			beat_ms: timing.beat_ms,
		});
	}

	/* --- its life ---------------------------------------------------------------------------- */

	function rest() {
		clearTimeout(missing);
		disconnect();
		tabs?.leave();
		others?.leave();
		tabs = others = null;
	}

	function wake() {
		if (isOver || connection !== null || tabs !== null) return;
		connect();
	}

	function sync() {
		if (connection !== null) connection.sync();
		else if (tabs !== null) catchUp();
	}

	/* Resting first: that we are signed out is not for the other tabs to show. */
	function end() {
		rest();
		show('signed out');
		close();
	}

	function close() {
		isOver = true;
		rest();
		unwatch();
	}

	const unwatch = watchPage({
		onRest: rest,
		onWake: wake,
		onLook: sync,
		onLoss: () => connection?.lose(),
	});
	connect();

	return {
		get status() {
			return status;
		},
		get seq() {
			return cursor.seq;
		},
		/* Whether this tab is the one to do what only one of a browser's tabs should. */
		get leads() {
			return tabs === null || tabs.leads();
		},
		sync,
		close,
	};
}
