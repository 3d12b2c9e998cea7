/*
 * One connection to a person's events: the stream while that works, polling while it does not.
 *
 *     asking ──> answered ──> live           the stream
 *       ^           ^ │ │       │
 *       │           │ v │ <─────┤ returns    a 200 answer that ended: the browser comes back by itself, after
 *       │       returning       │            the wait that `retry:` asked for, with its Last-Event-ID
 *       │               v       v
 *       ├──────────── pausing <─┘ pauses     the same return, made here: its address has a ticket, which
 *       │                                    works once; the server says the wait in `retry_ms` too
 *       │
 *     reading <── waiting <── fails          everything else, from any state
 *
 * An EventSource never comes back from any answer but a 200, and has no jitter; so every attempt but that
 * one is made here, with a new one: after a wait, and after a reading of the log, which says whether we are
 * still signed in and brings what was missed.  When the attempts are used up such readings go on at a fixed
 * pace, and each is followed by one more attempt: that is the polling, and the way back from it.
 */

import { createBackoff } from './backoff.js';
import { report, reportMistake } from './report.js';

export const TYPES = [
	'connected',
	'unread_count',
	'new_notification',
	'notification_read',
	'notification_unread',
	'notification_changed',
	'notification_seen',
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
	look_ms: 2000 /* how often a live stream is looked at */,
	open_ms: 10000 /* until `connected` must have come; a proxy may hold it back */,
	return_ms: 30000 /* the same when the browser returns by itself, after the server's wait */,
	poll_ms: 30000,
	beat_ms: 2000 /* how often a tab asks for the one that holds the stream */,
	word_ms: 1000 /* until that one must have answered a new tab, which has a stream of its own then */,
};

const CLOSED = 2; /* readyState of an EventSource that will not come back */
const HEARTBEATS = 2.5; /* a stream that brings nothing for so many of them is dead */
const HEARTBEAT_S = 30; /* unless the server says how often it has them */

/* What leads where; what stands nowhere leads nowhere. */
const ANY = {
	looks: 'reading' /* somebody looks at the page, or the network is back, or it is time */,
	fails: 'waiting',
	ends: 'closed',
};
const STATES = {
	asking: { ...ANY, answers: 'answered', connects: 'live' },
	answered: { ...ANY, connects: 'live', returns: 'returning', pauses: 'pausing' },
	live: { ...ANY, returns: 'returning', pauses: 'pausing' },
	returning: { ...ANY, answers: 'answered', connects: 'live' },
	pausing: { ...ANY, asks: 'asking' },
	waiting: ANY,
	reading: { ...ANY, asks: 'asking' },
	closed: {},
};
const WITH_STREAM = new Set(['answered', 'live', 'returning']);

/*
 *   canStream      whether there is an EventSource at all
 *   canReturn      whether its address works a second time
 *   openSource()   resolves to a new one, which goes on behind the cursor
 *   readLog()      polls once (polling.js)
 *   onEvent        each event of the stream, {type, seq, data}, and the last id that the stream had
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
	let state = canStream ? 'asking' : 'reading';
	let turn = {}; /* changes with the state; what an older one was waiting for is dropped */
	let timer = null;
	let source = null;
	let failures = canStream ? 0 : timing.attempts;
	let isReachable = true; /* by the last reading of the log */
	let heard = 0; /* the date of the last message */
	let silence_ms; /* how long none may come */
	let asked_ms = null; /* to wait before it is opened again, by its server */
	let polled = 0; /* the date of the last reading of the log */

	/* The one way from a state to the next.  Returns whether there is one. */
	function go(how, given) {
		const next = STATES[state][how];
		if (next === undefined) return false;
		state = next;
		begin(given);
		return true;
	}

	function begin(given) {
		clearTimeout(timer);
		turn = {};
		if (!WITH_STREAM.has(state)) {
			source?.close();
			source = asked_ms = null;
		}
		ENTER[state](given);
	}

	const ENTER = {
		async asking() {
			showAway();
			/* From here on: minting a ticket may hang as well as opening. */
			wait(timing.open_ms, fail);
			const mine = turn;
			try {
				const opened = await openSource();
				if (turn === mine) listen(opened);
				else opened.close();
			} catch (problem) {
				reportMistake(problem);
				if (turn === mine) refuse(problem);
			}
		},
		answered: () => wait(timing.open_ms, fail),
		live() {
			failures = 0;
			backoff.reset();
			isReachable = true;
			onStatus('live');
			watch();
		},
		returning() {
			showAway();
			wait(timing.return_ms, fail);
		},
		pausing(pause_ms) {
			showAway();
			wait(pause_ms, () => go('asks'));
		},
		waiting(least_ms = 0) {
			showAway();
			const pause_ms =
				failures < timing.attempts ? backoff.next() : untilNextReading();
			wait(least_ms + pause_ms, () => go('looks'));
		},
		reading: read,
		closed() {},
	};

	function wait(ms, then) {
		clearTimeout(timer);
		timer = setTimeout(then, ms);
	}

	/* The clock may have been set back since. */
	function untilNextReading() {
		const passed_ms = Date.now() - polled;
		return passed_ms < 0 ? 0 : Math.max(0, timing.poll_ms - passed_ms);
	}

	/* WebKit opens what was closed in pagehide once more when the page comes out of the back/forward cache. */
	function listen(opened) {
		source = opened;
		const on = (type, then) =>
			opened.addEventListener(type, (event) => {
				if (source === opened) then(event);
				else opened.close();
			});
		for (const type of TYPES) on(type, onMessage);
		on('open', () => go('answers'));
		on('error', onError);
	}

	function onMessage({ type, data: text, lastEventId }) {
		let data;
		try {
			data = JSON.parse(text);
		} catch (error) {
			report(error); /* who knows what else was cut or changed on the way */
			fail();
			return;
		}
		heard = Date.now();
		asked_ms = data.retry_ms ?? asked_ms;
		if (type === 'closing') return;
		if (type === 'connected') {
			silence_ms = (data.heartbeat_s ?? HEARTBEAT_S) * HEARTBEATS * 1000;
			go('connects');
		}
		const id = Number(lastEventId);
		onEvent({ type, seq: data.seq ?? id, data }, id);
	}

	/*
	 * By the date: a tab's timers may sleep, and the whole machine.  A message from the future says that
	 * the clock was set back, and not how long ago it came.
	 */
	function isSilent() {
		const passed_ms = Date.now() - heard;
		return passed_ms < 0 || passed_ms > silence_ms;
	}

	/* Firefox ends a stream without a word where a link is followed that turns out to be a download. */
	function watch() {
		if (isSilent() || source.readyState === CLOSED) fail();
		else wait(Math.min(silence_ms / 4, timing.look_ms), watch);
	}

	function onError() {
		failures++;
		const isOver = source.readyState !== source.CONNECTING;
		const pause_ms = asked_ms;
		const how = canReturn ? 'returns' : 'pauses';
		if (isOver || failures >= timing.attempts) go('fails');
		else if (!canReturn && pause_ms === null) go('fails');
		else go(how, pause_ms) || go('fails');
	}

	function fail() {
		failures++;
		go('fails');
	}

	async function read() {
		const mine = turn;
		polled = Date.now();
		try {
			await readLog();
			isReachable = true;
		} catch (problem) {
			reportMistake(problem);
			if (turn !== mine) return;
			isReachable = false;
			if (problem.status === 401) {
				refuse(problem);
				return;
			}
			if (problem.pause_ms > 0) {
				failures++;
				go('fails', problem.pause_ms);
				return;
			}
		}
		if (turn !== mine) return;
		if (canStream) go('asks');
		else fail();
	}

	function refuse(problem) {
		if (problem.status !== 401) fail();
		else if (go('ends')) onRefused();
	}

	function showAway() {
		if (globalThis.navigator?.onLine === false) onStatus('offline');
		else if (failures < timing.attempts) onStatus('connecting');
		else onStatus(isReachable ? 'polling' : 'offline');
	}

	if (!canStream) onStatus('connecting');
	begin();
	return {
		/* Somebody looks, or the network is back: is all this still true? */
		sync() {
			if (state === 'live' && !isSilent()) {
				readLog().catch(reportMistake); /* a refusal does no harm: the stream is there */
				return;
			}
			if (!isReachable || failures < timing.attempts) failures = 0;
			go('looks');
		},
		/* The browser says that there is no network. */
		lose: fail,
		close: () => go('ends'),
	};
}
