/*
 * One connection to a person's events: the stream while that works, polling while it does not.
 *
 * An EventSource comes back by itself, with its Last-Event-ID, after a 200 answer that ended and the
 * wait that its `retry:` asks for; so that return is left to it.  Where its address has a ticket, which
 * works once, the same return is made here, after the same wait: the server says it in `retry_ms` too.
 * It never comes back from any other answer, and has no jitter; so every other attempt is made here,
 * with a new one: after a wait, and after a reading of the log, which says whether we are still signed
 * in and brings what was missed.  When the attempts are used up such readings go on at a
 * fixed pace, and each is followed by one more attempt: that is the polling, and the way back from it.
 */

import { createBackoff } from './backoff.js';

export const TYPES = [
	'connected',
	'unread_count',
	'new_notification',
	'notification_read',
	'notification_unread',
	'notification_deleted',
	'heartbeat',
	'session_expiring',
	'reset',
	'closing',
	'session_ended',
];

export const TIMING = {
	attempts: 5 /* before it polls */,
	first_ms: 1000 /* the bound of the first wait; it doubles */,
	cap_ms: 30000,
	open_ms: 10000 /* until `connected` must have come; a proxy may hold it back */,
	return_ms: 30000 /* the same when the browser returns by itself, after the server's wait */,
	poll_ms: 30000,
	beat_ms: 2000 /* how often a tab asks for the one that holds the stream */,
};

const HEARTBEATS = 2.5; /* a stream that brings nothing for so many of them is dead */
const HEARTBEAT_S = 30; /* unless the server says how often it has them */

/*
 *   canStream      whether there is an EventSource at all
 *   canReturn      whether its address works a second time
 *   openSource()   resolves to a new one, which goes on behind the cursor
 *   readLog()      polls once (polling.js)
 *   onEvent        each event of the stream, {type, seq, data}
 *   onStatus       'connecting', 'live', 'polling', 'offline'
 *   onRefused      we are not signed in; nothing more is tried
 * Returns {sync, lose, close}.
 */
export function createConnection({
	canStream,
	canReturn,
	openSource,
	readLog,
	onEvent,
	onStatus,
	onRefused,
	timing,
}) {
	const backoff = createBackoff(timing);
	let source = null;
	let timer = null;
	let turn = {}; /* changes with each attempt; what an older one was waiting for is dropped */
	let failures = 0;
	let isReachable = true; /* by the last reading of the log */
	let mayReturn = false; /* the EventSource by itself: its answer was a 200 */
	let isLive = false;
	let heard = 0; /* the date of the last message */
	let silence_ms; /* how long none may come */
	let asked_ms = null; /* to wait before it is opened again, by its server */
	let polled = 0; /* the date of the last reading of the log */

	function wait(ms, then) {
		clearTimeout(timer);
		timer = setTimeout(then, ms);
	}

	/* Ends what is under way.  Returns true for as long as nothing else begins. */
	function begin() {
		clearTimeout(timer);
		source?.close();
		source = null;
		mayReturn = isLive = false;
		asked_ms = null;
		const mine = (turn = {});
		return () => turn === mine;
	}

	async function connect() {
		const isCurrent = begin();
		if (!canStream) {
			fail();
			return;
		}
		showAway();
		/* From here on: minting a ticket may hang as well as opening. */
		wait(timing.open_ms, fail);
		try {
			const opened = await openSource();
			if (isCurrent()) listen(opened);
			else opened.close();
		} catch (problem) {
			if (isCurrent()) refuse(problem);
		}
	}

	function listen(opened) {
		source = opened;
		const on = (type, then) =>
			opened.addEventListener(type, (event) => {
				if (source === opened) then(event);
			});
		for (const type of TYPES) on(type, onMessage);
		on('open', onOpen);
		on('error', onError);
	}

	function onOpen() {
		mayReturn = true;
		wait(timing.open_ms, fail);
	}

	function onMessage({ type, data: text, lastEventId }) {
		const data = JSON.parse(text);
		heard = Date.now();
		asked_ms = data.retry_ms ?? asked_ms;
		if (type === 'closing') return;
		if (type === 'connected') {
			silence_ms = (data.heartbeat_s ?? HEARTBEAT_S) * HEARTBEATS * 1000;
			failures = 0;
			backoff.reset();
			isLive = isReachable = true;
			onStatus('live');
			watch();
		}
		onEvent({ type, seq: data.seq ?? Number(lastEventId), data });
	}

	/* By the date: a tab's timers may sleep, and the whole machine. */
	const isSilent = () => Date.now() - heard > silence_ms;

	function watch() {
		if (isSilent()) fail();
		else wait(silence_ms / 4, watch);
	}

	function onError() {
		const returns =
			mayReturn &&
			source.readyState === source.CONNECTING &&
			(canReturn || asked_ms !== null);
		const pause_ms = asked_ms;
		mayReturn = isLive = false;
		failures++;
		if (!returns || failures >= timing.attempts) {
			tryLater();
			return;
		}
		if (!canReturn) begin();
		showAway();
		if (canReturn) wait(timing.return_ms, fail);
		else wait(pause_ms, connect);
	}

	function fail() {
		failures++;
		tryLater();
	}

	function tryLater(least_ms = 0) {
		begin();
		showAway();
		const pause_ms =
			failures < timing.attempts
				? backoff.next()
				: Math.max(0, polled + timing.poll_ms - Date.now());
		wait(least_ms + pause_ms, tryAgain);
	}

	async function tryAgain() {
		const isCurrent = begin();
		polled = Date.now();
		try {
			await readLog();
			isReachable = true;
		} catch (problem) {
			if (!isCurrent()) return;
			isReachable = false;
			if (problem.status === 401) {
				refuse(problem);
				return;
			}
			if (problem.pause_ms > 0) {
				failures++;
				tryLater(problem.pause_ms);
				return;
			}
		}
		if (isCurrent()) connect();
	}

	function refuse(problem) {
		if (problem.status === 401) {
			begin();
			onRefused();
		} else fail();
	}

	function showAway() {
		if (globalThis.navigator?.onLine === false) onStatus('offline');
		else if (failures < timing.attempts) onStatus('connecting');
		else onStatus(isReachable ? 'polling' : 'offline');
	}

	if (canStream) {
		connect();
	} else {
		onStatus('connecting');
		failures = timing.attempts;
		tryAgain();
	}
	return {
		/* Somebody looks, or the network is back: is all this still true? */
		sync() {
			if (isLive && !isSilent()) {
				readLog().catch(() => {});
				return;
			}
			if (!isReachable || failures < timing.attempts) failures = 0;
			tryAgain();
		},
		/* The browser says that there is no network. */
		lose: fail,
		close: begin,
	};
}
