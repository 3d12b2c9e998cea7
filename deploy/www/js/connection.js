/*
 * One connection to the events of this page: the stream while that works, polling while it does not.
 *
 *     asking ──> answered ──> live           the stream
 *       ^  ^        ^ │ │       │
 *       │  └────────│─│─│───────┤ changes    it is to bring other topics, and cannot be told so: a new one
 *       │           │ │ │       │
 *       │           │ v │ <─────┤ returns    a source that ended comes back by itself, as a browser does
 *       │       returning       │            from a 200 answer
 *       │               v       v
 *       ├──────────── pausing <─┘ pauses     the same return, made here after the wait that the server has
 *       │                                    asked for (`retry_ms`): its address has a ticket, which works once
 *       │
 *     reading <── waiting <── fails          everything else, from any state
 *
 * An attempt that is not such a return is made after a wait, which is random below a bound that doubles, and
 * after a reading of the log, which says whether we are still signed in and brings what was missed.  When the
 * attempts are used up such readings go on at a fixed pace, and each is followed by one more attempt: that is
 * the polling, and the way back from it.  A source that another stands behind (socket.js) `falls`: that one
 * is asked at once.
 */

import { createBackoff } from './backoff.js';
import { report, reportMistake } from './report.js';

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

const HEARTBEATS = 2.5; /* a stream that brings nothing for so many of them is dead */
const HEARTBEAT_S = 30; /* unless the server says how often it has them */

/* What leads where; what stands nowhere leads nowhere. */
const ANY = {
	looks: 'reading' /* somebody looks at the page, or the network is back, or it is time */,
	fails: 'waiting',
	ends: 'closed',
};
const CHANGES = { changes: 'asking' };
const ENDS = { returns: 'returning', pauses: 'pausing' };
const STATES = {
	asking: { ...ANY, ...CHANGES, answers: 'answered', connects: 'live', falls: 'asking' },
	answered: { ...ANY, ...CHANGES, connects: 'live', falls: 'asking', ...ENDS },
	live: { ...ANY, ...CHANGES, ...ENDS },
	returning: { ...ANY, answers: 'answered', connects: 'live' },
	pausing: { ...ANY, asks: 'asking' },
	waiting: ANY,
	reading: { ...ANY, asks: 'asking' },
	closed: {},
};
const WITH_STREAM = new Set(['answered', 'live', 'returning']);

/*
 *   canStream      whether there is any source at all
 *   openSource()   resolves to a new one, which goes on behind what was taken in: {listen(on), isDead(), close()},
 *                  and perhaps alter(change), and onMiss(), called when it did not become live.  `on` is
 *                  {onAnswer, onMessage, onEnd}: onMessage is given what reads the message, {type, data,
 *                  lastEventId} or null, and onEnd how to go on: 'returns' (it does by itself), 'pauses',
 *                  'falls', 'fails'
 *   readLog()      polls once (polling.js)
 *   onEvent        each event of the stream, {type, seq, data}, and the last id that the stream had
 *   onStatus       'connecting', 'live', 'polling', 'offline'
 *   onRefused      we are not signed in; nothing more is tried
 * Returns {sync, alter, lose, close}.
 */
export function createConnection({
	canStream,
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
		async asking(isChange) {
			if (!isChange) showAway();
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

	function listen(opened) {
		source = opened;
		opened.listen({ onAnswer: () => go('answers'), onMessage, onEnd });
	}

	function onMessage(read) {
		let message;
		try {
			message = read();
		} catch (error) {
			report(error); /* who knows what else was cut or changed on the way */
			fail();
			return;
		}
		heard = Date.now();
		if (message === null) return;
		const { type, data, lastEventId } = message;
		asked_ms = data.retry_ms ?? asked_ms;
		if (type === 'closing') return;
		if (type === 'connected') {
			silence_ms = (data.heartbeat_s ?? HEARTBEAT_S) * HEARTBEATS * 1000;
			go('connects');
		}
		/* With topics it is `41;question:12=7`: the number of the person's log is the first. */
		onEvent({ type, seq: data.seq ?? (parseInt(lastEventId) || 0), data }, lastEventId);
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
		if (isSilent() || source.isDead()) fail();
		else wait(Math.min(silence_ms / 4, timing.look_ms), watch);
	}

	const miss = () => state !== 'live' && source?.onMiss?.();

	function onEnd(how) {
		const pause_ms = how === 'pauses' ? asked_ms : undefined;
		miss();
		if (how !== 'falls') failures++;
		if (failures >= timing.attempts || pause_ms === null) go('fails');
		else go(how, pause_ms) || go('fails');
	}

	function fail() {
		miss();
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
		/* What it is to bring has changed.  Returns whether the source itself was told so. */
		alter(change) {
			if (state === 'live' && source.alter) {
				source.alter(change);
				return true;
			}
			/* What is being opened has yet to say what it is to bring. */
			if (source !== null) go('changes', true);
			return false;
		},
		/* The browser says that there is no network. */
		lose: fail,
		close: () => go('ends'),
	};
}
