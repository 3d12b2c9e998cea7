/*
 * The topics of a browser: one stream brings what all its tabs follow.
 *
 * Each tab says to the others what it follows and how far it is; the one that holds the stream asks for all
 * of it, and tells what comes.  Each tab sees to what it follows itself: by the numbers that it is told it
 * knows what it lacks, and reads that.  So whichever tab holds the stream next, nothing is lost or doubled.
 *
 * A tab that has gone without a word is found out by calling the roll with the heartbeats.  What is beyond
 * the limit of a stream, and whatever else no stream brings, the tab reads now and then.
 */

import { createBackoff } from './backoff.js';
import { createLog } from './log.js';
import { createPolling } from './polling.js';
import { tell } from './report.js';
import { query } from './request.js';

const LIMIT = 32; /* topics of a stream */
const GATHER_MS = 10; /* what changes within them makes one new stream */
const ROLLS = 3; /* unanswered: that tab is gone */

const isRefusal = ({ status }) => [401, 403, 404].includes(status);

/* The numbers of `41;question:12=7;question:9=3`, by topic. */
function numbersOf(id) {
	const pairs = id.split(';').slice(1).map((one) => one.split('='));
	return new Map(pairs.map(([topic, seq]) => [topic, Number(seq)]));
}

const isHidden = () => globalThis.document?.hidden ?? false;

/* The lower of two numbers, of which one may not be known (null, undefined). */
const lower = (a, b) => (a == null || b == null ? (a ?? b ?? null) : Math.min(a, b));

/*
 *   follows   what this tab follows (follows.js)
 *   request   of the interface
 *   timing    as createConnection() has it
 *   tabs, connection  return those of now, if there are any
 */
export function createTopics({ follows, request, timing, tabs, connection }) {
	const me = Math.random().toString(36).slice(2);
	const logs = new Map(); /* what we follow → its log */
	const places = new Map(); /* what is brought: topic → how far; null: where it begins is not known yet */
	const others = new Map(); /* tab → {topics: {topic: seq}, looked, missed} */
	let asked = new Map(); /* what the stream was asked for: topic → behind which number, or null */
	let looked = isHidden() ? 0 : Date.now(); /* when somebody looked at this tab last */
	let aligning = null; /* timers */
	let reading = null;

	const following = (topic) => [...follows.all].filter((one) => one.topic === topic);

	const readFrom = (topic) => (after) =>
		request('GET', `/topics/${topic}/events${query({ after })}`);

	function logOf(one) {
		if (!logs.has(one)) {
			const log = createLog({
				cursor: one.cursor,
				ask: readFrom(one.topic),
				onEvent: (event) => take(one, event),
				onProblem(problem) {
					if (isRefusal(problem)) refuse(one.topic, problem);
					return isRefusal(problem) || !follows.all.has(one);
				},
				backoff: createBackoff(timing),
			});
			logs.set(one, log);
		}
		return logs.get(one);
	}

	function take(one, { type, seq, data }) {
		const { topic } = one;
		if (!follows.all.has(one) || !logs.has(one) || !one.cursor.take({ type, seq })) return;
		if (type === 'published') tell(one.onEvent, data);
		else if (type === 'reset') tell(one.onReset, { topic, reason: data.reason, seq });
	}

	/* --- what comes in ----------------------------------------------------------------------- */

	/* From our own connection, or read in place of it. */
	function receive(event) {
		const { type, seq, data } = event;
		const before = places.get(data.topic) ?? null;
		if (type === 'published' && (!places.has(data.topic) || seq <= (before ?? -1))) return;
		tabs()?.tell(event, before);
		pass(event, before);
	}

	/* `before` is the number that the one who tells it had. */
	function pass(event, before) {
		const { topic } = event.data;
		if (event.type === 'unfollowed') forget(event.data);
		else if (event.type === 'followed') begin(topic, event.seq);
		else {
			places.set(topic, event.seq);
			for (const one of following(topic)) {
				const log = logOf(one);
				if (one.cursor.seq === null) one.cursor.seq = before;
				else log.learn(before);
				log.receive(event);
			}
		}
	}

	/* From here on it is brought. */
	function begin(topic, seq) {
		places.set(topic, seq);
		for (const one of following(topic)) {
			if (one.cursor.seq === null) one.cursor.seq = seq;
			else logOf(one).learn(seq);
		}
	}

	function refuse(topic, { status }) {
		const reason = status === 404 ? 'unsupported' : 'forbidden';
		receive({ type: 'unfollowed', data: { topic, reason } });
	}

	function forget({ topic, reason }) {
		places.delete(topic);
		asked.delete(topic);
		for (const { topics } of others.values()) delete topics[topic];
		follows.end({ topic, reason });
	}

	/* --- what is wanted ---------------------------------------------------------------------- */

	/* By this tab: {topic: the number behind which it goes on, null for none}. */
	function mine() {
		const wanted = {};
		for (const { topic, cursor } of follows.all)
			wanted[topic] = lower(wanted[topic], cursor.seq);
		return wanted;
	}

	/* By all for whom our stream is; those that are looked at first. */
	function wanted() {
		const lists = [mine()];
		if ((tabs()?.leads() ?? true))
			for (const { topics } of [...others.values()].sort((a, b) => b.looked - a.looked))
				lists.push(topics);
		const all = new Map();
		for (const [topic, seq] of lists.flatMap(Object.entries))
			all.set(topic, lower(all.get(topic), seq));
		const some = [...all].slice(0, LIMIT);
		return new Map(some.map(([topic, seq]) => [topic, places.get(topic) ?? seq]));
	}

	/* What this tab follows has changed: it is said, and brought. */
	function settle() {
		for (const [one, log] of logs) {
			if (follows.all.has(one)) continue;
			log.rest();
			logs.delete(one);
		}
		for (const one of follows.all) if (!logs.has(one)) attach(one);
		sayMine({ isNew: true });
		align();
		readSoon();
	}

	/* What is brought already brings it from where that is; the rest of it is read. */
	function attach(one) {
		const { topic, cursor } = one;
		const log = logOf(one);
		const place = places.get(topic) ?? null;
		if (place === null) return;
		if (cursor.seq === null) cursor.seq = place;
		else if (cursor.seq !== place) log.catchUp();
	}

	const sayMine = (more) =>
		tabs()?.say({ follows: { tab: me, topics: mine(), looked, ...more } });

	/*
	 * Has the stream bring what is wanted now, by all; of many changes at once it hears together.  The timers of
	 * a hidden page may take a second, and somebody may look at the tab that wants it.
	 */
	function align() {
		if (isHidden()) alignNow();
		else aligning ??= setTimeout(alignNow, GATHER_MS);
	}

	function alignNow() {
		aligning = null;
		const next = wanted();
		const added = [...next].filter(([topic]) => !asked.has(topic));
		const dropped = [...asked.keys()].filter((topic) => !next.has(topic));
		if (added.length + dropped.length > 0 && connection()?.alter({ added, dropped })) ask(next);
	}

	/* The stream is asked for these; nothing else is brought. */
	function ask(next) {
		asked = next;
		for (const topic of places.keys()) if (!asked.has(topic)) places.delete(topic);
		for (const [topic, seq] of asked) if (!places.has(topic)) places.set(topic, seq);
	}

	/* --- what no stream brings ---------------------------------------------------------------- */

	function readSoon(wait_ms = timing.word_ms) {
		clearTimeout(reading);
		if (follows.all.size > 0) reading = setTimeout(readAlone, wait_ms);
	}

	function readAlone() {
		for (const one of follows.all) if (!places.has(one.topic)) logOf(one).catchUp();
		readSoon(timing.poll_ms);
	}

	/* In place of the stream, for all tabs. */
	async function read() {
		for (const [topic, seq] of wanted()) {
			if (!places.has(topic)) places.set(topic, seq);
			const cursor = {
				get seq() {
					return places.get(topic) ?? null;
				},
				set seq(next) {
					begin(topic, next);
				},
			};
			const onEvent = ({ type, seq: at, data }) =>
				receive({ type, seq: at, data: { ...data, topic } });
			try {
				await createPolling({ ask: readFrom(topic), cursor, onEvent })();
			} catch (problem) {
				if (!isRefusal(problem)) throw problem;
				refuse(topic, problem);
			}
		}
		callRoll();
	}

	/* --- the tabs ---------------------------------------------------------------------------- */

	function callRoll() {
		if (others.size === 0) return;
		tabs()?.say({ roll: true });
		countRoll();
		tabs()?.tellStatus();
	}

	function countRoll() {
		for (const [tab, one] of others) if (++one.missed > ROLLS) others.delete(tab);
		align();
	}

	/* The page goes away, perhaps to come back. */
	function rest() {
		clearTimeout(aligning);
		clearTimeout(reading);
		aligning = null;
		for (const log of logs.values()) log.rest();
		tabs()?.say({ follows: { tab: me, topics: {} } });
		for (const one of [logs, places, others, asked]) one.clear();
	}

	return {
		settle,
		read,
		receive,
		pass,
		isWanted: () => wanted().size > 0,

		/* What stands in the address of a new stream; it is asked for with that. */
		address() {
			ask(wanted());
			const words = [...asked].map(([topic, seq]) => (seq === null ? topic : `${topic}=${seq}`));
			return words.map((word) => `topic=${word}`).join('&');
		},
		/* A stream has begun; its id holds the numbers up to which it has told. */
		onConnected({ topics }, id) {
			const told = numbersOf(id);
			for (const [topic, after] of asked) {
				const seq = told.get(topic) ?? after ?? topics?.[topic];
				if (topics === undefined) refuse(topic, { status: 404 });
				else if (seq != null) begin(topic, seq);
			}
			tabs()?.tellStatus();
			align();
		},
		onHeartbeat({ topics = {} }) {
			for (const [topic, seq] of Object.entries(topics))
				if (seq > (places.get(topic) ?? seq)) begin(topic, seq);
			callRoll();
		},
		/* What is brought, and how far, for those who hear of it from us; with an event that they cannot hear. */
		places(untold) {
			const all = Object.fromEntries(places);
			if (untold?.data.topic in all) all[untold.data.topic] = untold.seq;
			return all;
		},
		/* The same from the one that leads. */
		learn(told = {}) {
			for (const topic of places.keys()) if (!(topic in told)) places.delete(topic);
			for (const [topic, seq] of Object.entries(told)) {
				if (seq === null) places.set(topic, places.get(topic) ?? null);
				else begin(topic, seq);
			}
			if (Object.keys(mine()).some((topic) => !(topic in told))) sayMine();
		},
		hear({ follows: theirs, roll }) {
			if (theirs) {
				const { tab, topics, looked: at, isNew } = theirs;
				others.delete(tab);
				if (Object.keys(topics).length > 0) others.set(tab, { topics, looked: at, missed: 0 });
				align();
				if (isNew) tabs()?.tellStatus();
			} else if (roll) {
				countRoll();
				if (follows.all.size > 0) sayMine();
			}
		},
		/* Somebody looks at this tab. */
		look() {
			looked = Date.now();
			sayMine();
		},
		catchUp() {
			for (const one of follows.all) logOf(one).catchUp();
		},
		rest,
	};
}
