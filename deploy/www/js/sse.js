/*
 * createNotificationSSE(): what rings for a person, event by event, each logged one exactly once and
 * in the order of its number, whichever way it comes: from a stream, from polling while there is none
 * (connection.js), or from another tab that holds the one stream of this browser (tabs.js).
 *
 * The cursor (cursor.js) makes that true.
 */

import { createBackoff } from './backoff.js';
import { createConnection, TIMING } from './connection.js';
import { createCursor, isLogged } from './cursor.js';
import { watchPage } from './page.js';
import { createPolling } from './polling.js';
import { reportMistake, tell } from './report.js';
import { createRequest, query, wholeAddress } from './request.js';
import { canMeet, joinTabs, meetOthers } from './tabs.js';

/* What these carry is the number that their stream has reached. */
const POSITIONS = new Set(['unread_count', 'heartbeat']);

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
	const address = wholeAddress(api);
	const cursor = createCursor(after);
	const request = createRequest({ api, token });
	const readLog = createPolling({ request, cursor, isOurs, onEvent: receiveFromLog });
	const backoff = createBackoff(timing);
	let status = null;
	let connection = null; /* null while another tab leads, and while the page rests */
	let tabs = null;
	let others = null; /* the pages of whoever else is signed in */
	let missing; /* the timer of another try to read what is */
	let word; /* the timer of the tab that leads, which has not answered */
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
		tell(onStatus, next);
	}

	/* --- what comes in ----------------------------------------------------------------------- */

	/* From our own connection; `id` is the last that its stream had. */
	function receive(event, id) {
		if (isOver) return;
		if (event.type === 'connected') {
			if (!isOurs(event.data)) return;
			if (tabs === null && share && canMeet()) join();
			if (cursor.seq !== null) learn(id);
		}
		if (cursor.holdsBack(event)) catchUp();
		else receiveFromLog(event);
		if (POSITIONS.has(event.type)) learn(event.seq);
	}

	function receiveFromLog(event) {
		if (isOver) return;
		tabs?.tell(event, cursor.seq);
		take(event);
	}

	/* From the tab that leads.  Its session need not be ours, so the end of it is looked into. */
	function receiveFromTab(event, before) {
		if (event.type !== 'session_ended') {
			if (isLogged(event)) learn(before);
			if (cursor.holdsBack(event)) catchUp();
			else take(event);
		} else {
			readLog().catch((problem) => {
				reportMistake(problem);
				if (problem.status === 401) take(event);
			});
		}
	}

	/* The log is so far.  What we have not heard of it is asked for, from nobody but the log. */
	function learn(seq) {
		if (cursor.lacks(seq)) catchUp();
	}

	function take(event) {
		const { type, data } = event;
		if (isOver || !cursor.take(event)) return;
		if (type === 'session_ended') end();
		tell(handlers[type], data, event);
		tell(onEvent, event);
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
		else if (!isOver && canMeet()) others ??= meetOthers(`pgbell ${address}`, person, catchUp);
		return user === person;
	}

	/* Asked for until it is there: nothing else might come that shows it to be missing. */
	function catchUp() {
		clearTimeout(missing);
		readLog().then(backoff.reset, (problem) => {
			const { status: code, pause_ms = 0 } = problem;
			reportMistake(problem);
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
		return new EventSource(`${address}/notifications/stream${query(asked)}`);
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
			name: `pgbell ${address} ${person}`,
			describe: () => ({ status, seq: cursor.seq }),
			onLead: connect,
			onFollow(leader) {
				clearTimeout(word);
				disconnect();
				show(leader.status);
				learn(leader.seq);
			},
			onEvent: receiveFromTab,
			beat_ms: timing.beat_ms,
		});
	}

	/* --- its life ---------------------------------------------------------------------------- */

	/*
	 * Who is known asks the other tabs first, and opens no stream where one of them has it; one that does
	 * not answer may hang.
	 */
	function begin() {
		if (person === null || cursor.seq === null || !share || !canMeet()) {
			connect();
			return;
		}
		show('connecting');
		isOurs({});
		join();
		word = setTimeout(connect, timing.word_ms);
	}

	function rest() {
		clearTimeout(missing);
		clearTimeout(word);
		disconnect();
		tabs?.leave();
		others?.leave();
		tabs = others = null;
	}

	function wake() {
		if (isOver || connection !== null || tabs !== null) return;
		begin();
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
	begin();

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
