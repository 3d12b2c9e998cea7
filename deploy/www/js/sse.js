/*
 * createNotificationSSE(): what rings for a person and in the topics that the page follows, event by event,
 * each logged one exactly once and in the order of its number, whichever way it comes: from a stream, from
 * polling while there is none (connection.js), or from another tab that holds the one stream of this browser
 * (tabs.js).  Each log is taken in by log.js.
 *
 * What has to do with topics (topics.js) is fetched when the first is followed, by this tab or by one that it
 * holds the stream for.
 */

import { createBackoff } from './backoff.js';
import { createConnection, TIMING } from './connection.js';
import { createCursor, isLogged } from './cursor.js';
import { openEventSource } from './eventsource.js';
import { createFollows, isTopical } from './follows.js';
import { createLog } from './log.js';
import { watchPage } from './page.js';
import { report, reportMistake, tell } from './report.js';
import { createRequest, query, wholeAddress } from './request.js';
import { canMeet, joinTabs, meetOthers } from './tabs.js';

/* What these carry is the number that their stream has reached. */
const POSITIONS = new Set(['unread_count', 'heartbeat']);

/* What a visitor is told of; the rest is for somebody. */
const FOR_VISITORS = new Set(['connected', 'heartbeat']);

const GATHER_MS = 10; /* what is followed within them is asked for together */

/* The options are described in sse.d.ts. */
export function createNotificationSSE({
	api = '/api',
	after = null,
	person = null,
	visitor = false,
	token: secret,
	handlers = {},
	onEvent,
	onStatus,
	share = true,
	follows: given,
	timing: times,
	transport = 'eventsource',
	EventSource = globalThis.EventSource,
	WebSocket = globalThis.WebSocket,
} = {}) {
	const timing = { ...TIMING, ...times };
	const address = wholeAddress(api);
	const token = visitor ? undefined : secret;
	const cursor = createCursor(after);
	const request = createRequest({ api, token });
	const follows = given ?? createFollows();
	const log = createLog({
		cursor,
		ask: askForPerson,
		onEvent: receiveFromLog,
		onProblem({ status: code }) {
			if (code === 401) refuse();
			return code === 401;
		},
		backoff: createBackoff(timing),
	});
	let whose = visitor ? null : (person ?? undefined); /* null: a visitor's; undefined: not known yet */
	let status = null;
	let connection = null; /* null while another tab leads, and while the page rests */
	let tabs = null;
	let others = null; /* the pages of whoever else is signed in */
	let topics = null; /* once one is followed */
	let loading = null;
	let gathering = null; /* the timer of what was followed just now */
	let word; /* the timer of the tab that leads, which has not answered */
	let why = 'unknown'; /* the session has ended, where no other has followed */
	let isAway = false;
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
		const { type, seq, data } = event;
		if (type === 'connected') {
			if (!isOurs(data)) return;
			if (tabs === null && share && canMeet()) join();
			why = 'unknown';
			if (cursor.seq !== null) log.learn(parseInt(id));
			topics?.onConnected(data, id);
		}
		/* A token that lives for minutes has been followed by another perhaps, also in a cookie: the next request shows it. */
		if (type === 'session_ended' && (token || data.reason === 'expired')) {
			why = data.reason;
			log.catchUp();
			return;
		}
		if (type === 'heartbeat') topics?.onHeartbeat(data);
		if (isTopical(event)) topics?.receive(event);
		else log.receive(event);
		if (POSITIONS.has(type)) log.learn(seq);
	}

	function receiveFromLog(event) {
		if (isOver) return;
		tabs?.tell(event, cursor.seq);
		take(event);
	}

	/* From the tab that leads.  Its session need not be ours, so the end of it is looked into. */
	function receiveFromTab(event, before) {
		if (isTopical(event)) {
			topics?.pass(event, before);
		} else if (event.type !== 'session_ended') {
			if (isLogged(event)) log.learn(before);
			if (cursor.holdsBack(event)) log.catchUp();
			else take(event);
		} else {
			log.read().catch((problem) => {
				reportMistake(problem);
				if (problem.status === 401) take(event);
			});
		}
	}

	function take(event) {
		const { type, data } = event;
		if (isOver || !(whose === null ? FOR_VISITORS.has(type) : cursor.take(event))) return;
		if (type === 'session_ended') end();
		tell(handlers[type], data, event);
		tell(onEvent, event);
	}

	/*
	 * Every answer says for whom it is.  For another person, whose the cookie is by now: then this
	 * page is not theirs.  A stream that was opened before knows nothing of that, so whoever signs in
	 * tells the pages beside, and they ask.  For a visitor, where topics are followed: then the session is
	 * over.  A visitor's page takes in nothing that is a person's.
	 */
	function isOurs({ user_id: user = whose }) {
		if (whose === undefined) whose = user;
		if (whose === null) return true;
		if (user === null) refuse();
		else if (user !== whose) refuse('signed_out');
		else if (!isOver && canMeet()) others ??= meetOthers(`pgbell ${address}`, whose, log.catchUp);
		return user === whose;
	}

	function refuse(reason = why) {
		receiveFromLog({ type: 'session_ended', seq: null, data: { reason } });
	}

	/* --- where from -------------------------------------------------------------------------- */

	/* Resolves to null where nothing is for us. */
	async function askForPerson(seq) {
		if (whose === null) return null;
		const path = seq === null ? 'unread-count' : `events?after=${seq}`;
		const answer = await request('GET', `/notifications/${path}`);
		return isOurs(answer) ? answer : null;
	}

	/* Whoever is not known to be somebody, and follows something, may be a visitor. */
	async function readLogs() {
		try {
			await log.read();
		} catch (problem) {
			const mayVisit = whose === undefined && !token && follows.all.size > 0;
			if (problem.status !== 401 || !mayVisit) throw problem;
			whose = null;
		}
		await topics?.read();
		if (hasNothing()) begin();
	}

	async function openSource() {
		if (follows.all.size > 0) await loadTopics();
		const open = transport === 'websocket' ? (await import('./socket.js')).openSource : openEventSource;
		const asked = { last_event_id: cursor.seq };
		if (token) asked.ticket = (await request('POST', '/session/ticket')).ticket;
		const words = [query(asked).slice(1), topics?.address()].filter(Boolean).join('&');
		return open({
			EventSource,
			WebSocket,
			canReturn: !token,
			address: (door) => `${address}/notifications/${door}${words && `?${words}`}`,
		});
	}

	function connect() {
		connection ??= createConnection({
			canStream: Boolean(EventSource || (transport === 'websocket' && WebSocket)),
			openSource,
			readLog: readLogs,
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

	/* Tabs of a client that knew nothing of topics have a group of their own. */
	function join() {
		tabs = joinTabs({
			name: `pgbell 2 ${address} ${whose === null ? 'visitors' : `of ${whose}`}`,
			describe: (untold) => ({
				status,
				seq: untold && !isTopical(untold) ? untold.seq : cursor.seq,
				topics: topics?.places(untold),
			}),
			onLead() {
				tabs.say({ roll: true });
				connect();
			},
			onFollow(leader) {
				clearTimeout(word);
				disconnect();
				show(leader.status);
				log.learn(leader.seq);
				topics?.learn(leader.topics);
			},
			onEvent: receiveFromTab,
			onWord: hear,
			beat_ms: timing.beat_ms,
		});
		topics?.settle();
	}

	/* --- topics ------------------------------------------------------------------------------ */

	/* Resolves in any case; without them the rest goes on, and they are fetched again later. */
	function loadTopics() {
		loading ??= import('./topics.js').then(
			({ createTopics }) => {
				topics = createTopics({
					follows,
					request,
					timing,
					tabs: () => tabs,
					connection: () => (hasNothing() ? null : connection),
				});
			},
			(error) => {
				loading = null;
				report(error);
				setTimeout(onFollows, timing.poll_ms);
			},
		);
		return loading;
	}

	/* What another tab follows concerns the one that has the stream. */
	async function hear(said) {
		if (topics === null && !(said.follows && tabs.leads())) return;
		await loadTopics();
		topics?.hear(said);
	}

	function onFollows() {
		gathering ??= setTimeout(async () => {
			gathering = null;
			await loadTopics();
			if (isOver || isAway) return;
			if (hasNothing() || (connection === null && tabs === null)) begin();
			else topics?.settle();
		}, GATHER_MS);
	}

	/* A visitor who follows nothing is told nothing. */
	const hasNothing = () => whose === null && follows.all.size === 0;

	/* --- its life ---------------------------------------------------------------------------- */

	/*
	 * Who is known asks the other tabs first, and opens no stream where one of them has it; one that does
	 * not answer may hang.
	 */
	function begin() {
		const isKnown = whose === null || (whose && cursor.seq !== null);
		if (hasNothing()) {
			rest();
			show('idle');
			return;
		}
		if (isKnown && share && canMeet()) {
			show('connecting');
			isOurs({});
			join();
			word = setTimeout(connect, timing.word_ms);
		} else {
			connect();
		}
		topics?.settle();
	}

	function rest() {
		clearTimeout(gathering);
		clearTimeout(word);
		gathering = null;
		log.rest();
		topics?.rest();
		disconnect();
		tabs?.leave();
		others?.leave();
		tabs = others = null;
	}

	/* What the page follows at once is asked for with the rest. */
	async function wake() {
		isAway = false;
		if (follows.all.size > 0) await loadTopics();
		if (isOver || isAway || connection !== null || tabs !== null) return;
		begin();
	}

	function sync() {
		topics?.look();
		if (connection !== null) {
			connection.sync();
		} else if (tabs !== null) {
			log.catchUp();
			topics?.catchUp();
		}
	}

	/* Resting first: that we are signed out is not for the other tabs to show. */
	function end() {
		rest();
		show('signed out');
		close();
		if (!given) follows.end({ reason: 'signed_out' });
	}

	function close() {
		if (isOver) return;
		isOver = true;
		follows.watch(() => {});
		rest();
		unwatch();
	}

	const unwatch = watchPage({
		onRest() {
			isAway = true;
			rest();
		},
		onWake: wake,
		onLook: sync,
		onLoss: () => connection?.lose(),
	});
	follows.watch(onFollows);
	Promise.resolve().then(wake);

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
		follow: follows.follow,
		sync,
		close,
	};
}
