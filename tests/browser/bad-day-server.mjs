/*
 * A server with bad days, for the client alone: no database, no web server, one person with a log.
 *
 *     const server = await startBadDays();
 *     createNotificationSSE({ api: server.api('/500-twice-then-fine') });
 *     server.ring();              one more event in the log, and to the streams that are open;
 *                                 {leap} numbers further
 *     server.leapTo(6000);        numbers are given that no event has, and the streams say so
 *     server.cut();               every stream that is open ends
 *     server.heal();              from now on every day is fine
 *     server.refuse(2, 1);        the next two readings of the log are refused, with a Retry-After of 1 s
 *     server.publish('public:a'); one more event in the log of a topic, likewise
 *     server.forbid('public:a');  nobody may follow it any more
 *
 * A day is the first part of the path, and named after what its stream does; everything else under
 * that path works.  `server.streams` and `server.readings` are the requests so far: {at, url}; `server.open`
 * the streams that are open.  Whoever asks may follow what begins with `public:`.
 */

import { createServer } from 'node:http';
import { createTopicLogs } from './topic-logs.mjs';

const RETRY_MS = 10; /* what a stream asks for, unless its day is about that */

/* Each is called with one request for a stream, `nth` from 1; `stream` sends and ends. */
const DAYS = {
	'/fine': ({ stream }) => stream.open(),
	'/accepts-and-says-nothing': ({ stream }) => stream.head(),
	'/never-answers': () => {},
	'/buffers-everything': ({ stream }) => stream.open({ isBuffered: true }),
	'/closes-after-each-event': ({ stream }) => stream.open({ eventsUntilEnd: 1 }),
	'/500-twice-then-fine': ({ stream, nth }) =>
		nth <= 2 ? stream.refuse(500) : stream.open(),
	'/500': ({ stream }) => stream.refuse(500),
	'/204': ({ stream }) => stream.refuse(204),
	'/not-an-event-stream': ({ stream }) => stream.refuse(200),
	'/signed-out': ({ stream }) => stream.refuse(401),
	'/asks-for-half-a-second': ({ stream, nth }) => {
		stream.open();
		if (nth === 1) stream.end({ retry_ms: 500 });
	},
	'/goes-silent': ({ stream, nth }) =>
		stream.open(nth === 1 ? { isSilent: true, heartbeat_s: 0.08 } : {}),
	'/says-everything-twice': ({ stream }) => stream.open({ times: 2 }),
	'/leaves-every-second-out': ({ stream }) => stream.open({ skips: (seq) => seq % 2 === 1 }),
	'/does-not-know-where-we-were': ({ stream }) => {
		stream.at = null;
		stream.open();
	},
	'/cuts-a-text-short': ({ stream, nth }) => stream.open({ isCut: nth === 1 }),
	'/forgets': ({ stream, nth }) => (nth === 1 ? stream.open() : stream.reset()),
	'/nobody': ({ stream }) => (stream.mayFollow() ? stream.open() : stream.refuse(401)),
	'/nobody-and-no-stream': ({ stream }) => stream.refuse(500),
	'/knows-no-topics': ({ stream }) => {
		stream.follows.clear();
		stream.open();
	},
};
const IS_NOBODY = /^\/nobody/;

export async function startBadDays() {
	const log = []; /* of events, their numbers rising */
	const topics = createTopicLogs();
	const open = new Set();
	const streams = [];
	const readings = [];
	const tickets = new Set();
	let minted = 0;
	let isHealed = false;
	let refusals = { count: 0 };

	const counts = () => ({ unread_count: log.length, seq: lastOf(log) });

	function onRequest(request, response) {
		const url = new URL(request.url, 'http://localhost');
		const [, day, path] = /^(\/[^/]+)(.*)$/.exec(url.pathname);
		const { searchParams: given } = url;
		if (path === '/notifications/stream') {
			streams.push({ at: Date.now(), url: request.url });
			const ticket = given.get('ticket');
			const stream = new Stream({ response, request, given, log, topics, open });
			if (IS_NOBODY.test(day)) stream.user = null;
			if (ticket !== null && !tickets.delete(ticket)) stream.refuse(401);
			else DAYS[isHealed ? '/fine' : day]({ stream, nth: streams.length });
		} else if (path.startsWith('/topics/')) {
			readTopic(response, day, /^\/topics\/(.*)\/events$/.exec(path)[1], given.get('after'));
		} else if (day === '/signed-out' || IS_NOBODY.test(day)) {
			answer(response, 401, { title: 'Unauthorized' });
		} else if (path === '/session/ticket') {
			const ticket = `ticket-${++minted}`;
			tickets.add(ticket);
			answer(response, 201, { ticket });
		} else if (path === '/notifications/unread-count') {
			answer(response, 200, counts());
		} else {
			readings.push({ at: Date.now(), url: request.url });
			if (refusals.count-- > 0) {
				answer(response, 503, {}, { 'retry-after': refusals.retry_s });
				return;
			}
			const events = log.filter(({ seq }) => seq > Number(given.get('after')));
			answer(response, 200, { events, ...counts(), reset: null });
		}
	}

	function readTopic(response, day, topic, after) {
		readings.push({ at: Date.now(), topic, after });
		if (day === '/knows-no-topics') answer(response, 404, {});
		else if (refusals.count-- > 0) answer(response, 503, {}, { 'retry-after': refusals.retry_s });
		else if (!topics.mayFollow(topic)) answer(response, IS_NOBODY.test(day) ? 401 : 403, {});
		else answer(response, 200, topics.read(topic, after));
	}

	const server = createServer(onRequest);
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

	return {
		api: (day) => `http://127.0.0.1:${server.address().port}${day}`,
		log,
		open,
		streams,
		readings,
		ring({ leap = 1 } = {}) {
			const seq = lastOf(log) + leap;
			const type = 'new_notification';
			const data = { id: seq, kind: 'rang', data: {}, unread_count: seq };
			log.push({ seq, type, data });
			for (const stream of [...open]) stream.send();
		},
		publish(topic, given) {
			topics.publish(topic, given);
			for (const stream of [...open]) stream.sendPublished();
		},
		published: (topic) => topics.log(topic).map(({ seq }) => seq),
		forbid(topic) {
			topics.forbidden.add(topic);
			for (const stream of [...open]) stream.unfollow(topic);
		},
		/* Events of a topic are not kept any more up to this number. */
		trim: topics.trim,
		/* Every stream that is open has a heartbeat. */
		beat() {
			for (const stream of [...open]) stream.beat();
		},
		/* Numbers up to this one are given, to nothing that is to be seen. */
		leapTo(seq) {
			log.given = seq;
			for (const stream of [...open]) stream.tellCount();
		},
		cut() {
			for (const stream of [...open]) stream.end();
		},
		heal() {
			isHealed = true;
		},
		refuse(count, retry_s = 0) {
			refusals = { count, retry_s };
		},
		stop() {
			server.closeAllConnections();
			server.close();
		},
	};
}

/* The last number that was given, which need not have an event. */
const lastOf = (log) => Math.max(log.at(-1)?.seq ?? 0, log.given ?? 0);

function answer(response, status, body, headers) {
	response.writeHead(status, { 'content-type': 'application/json', ...headers });
	response.end(JSON.stringify(body));
}

class Stream {
	user = '7';
	/* `open`: the streams that are. */
	constructor({ response, request, given, log, topics, open }) {
		const last = request.headers['last-event-id'] ?? given.get('last_event_id') ?? '';
		const [own, ...others] = last.split(';');
		this.at = own === '' ? null : Number(own);
		this.follows = new Map(); /* topic → how far it was told; null: from now on */
		for (const asked of given.getAll('topic')) {
			const [topic, after = null] = asked.split('=');
			const came = others.find((one) => one.startsWith(`${topic}=`))?.split('=')[1];
			this.follows.set(topic, came ?? after);
		}
		Object.assign(this, { url: request.url, response, log, topics, openStreams: open });
		response.on('close', () => open.delete(this));
	}

	head() {
		this.response.writeHead(200, { 'content-type': 'text/event-stream' });
		this.response.flushHeaders();
	}

	open({ heartbeat_s = 30, ...options } = {}) {
		this.options = options;
		this.head();
		if (options.isBuffered) return;
		this.response.write(`retry: ${RETRY_MS}\n\n`);
		const seq = lastOf(this.log);
		const isNew = this.at === null;
		this.at ??= seq;
		const begun = this.begin();
		this.write(
			'connected',
			{
				user_id: this.user,
				seq: this.user && seq,
				unread_count: this.user && seq,
				heartbeat_s,
				retry_ms: RETRY_MS,
				...begun,
			},
			begun.topics || isNew ? this.at : false,
		);
		for (const topic of this.refused) this.tellUnfollowed(topic);
		for (const [topic, reason] of this.resets) this.tellReset(topic, reason);
		this.openStreams.add(this);
		if (this.user) this.send();
		this.sendPublished();
	}

	/* Whether there is anything to follow. */
	mayFollow() {
		return [...this.follows.keys()].some(this.topics.mayFollow);
	}

	/* Where each topic goes on; what `connected` says of them. */
	begin() {
		this.refused = [];
		this.resets = [];
		if (this.follows.size === 0) return {};
		const topics = {};
		for (const [topic, after] of this.follows) {
			if (!this.topics.mayFollow(topic)) {
				this.follows.delete(topic);
				this.refused.push(topic);
				continue;
			}
			topics[topic] = this.topics.last(topic);
			this.follows.set(topic, after === null ? topics[topic] : Number(after));
			const reason = after !== null && this.topics.resetReason(topic, Number(after));
			if (reason) this.resets.push([topic, reason]);
		}
		return { topics };
	}

	sendPublished() {
		if (this.options.isSilent || this.isOver) return;
		const { times = 1, skips = () => false, eventsUntilEnd } = this.options;
		for (const [topic, at] of this.follows)
			for (const { seq, data } of this.topics.log(topic).filter((one) => one.seq > at)) {
				this.follows.set(topic, seq);
				if (!skips(seq)) for (let i = 0; i < times; i++) this.write('published', data, this.at);
				if (eventsUntilEnd) {
					this.end();
					return;
				}
			}
	}

	tellReset(topic, reason) {
		const seq = this.topics.last(topic);
		this.follows.set(topic, seq);
		this.write('reset', { topic, reason, seq }, this.at);
	}

	unfollow(topic) {
		if (this.follows.delete(topic)) this.tellUnfollowed(topic);
	}

	tellUnfollowed(topic) {
		this.write('unfollowed', { topic, reason: 'forbidden' }, false);
		if (this.user || this.follows.size > 0) return;
		this.write('session_ended', { reason: 'revoked' }, false);
		this.end();
	}

	beat() {
		const topics = Object.fromEntries([...this.follows.keys()].map((one) => [one, this.topics.last(one)]));
		const seq = lastOf(this.log);
		this.write('heartbeat', { time: '', seq, unread_count: seq, ...this.follows.size && { topics } }, false);
	}

	/* What the log has behind this stream. */
	send() {
		const { times = 1, skips = () => false, isSilent, isCut, eventsUntilEnd } = this.options;
		if (isSilent) return;
		if (isCut && this.log.length > 0) {
			this.response.write('event: new_notification\ndata: {"id":1,\nid: 1\n\n');
			return;
		}
		for (const { seq, type, data } of this.log.filter((one) => one.seq > this.at)) {
			this.at = seq;
			if (!skips(seq)) for (let i = 0; i < times; i++) this.write(type, data, seq);
			if (eventsUntilEnd) {
				this.end();
				return;
			}
		}
		if (this.at > 0) this.tellCount();
	}

	tellCount() {
		const seq = lastOf(this.log);
		this.write('unread_count', { unread_count: this.log.length, seq }, false);
	}

	reset() {
		this.head();
		const seq = lastOf(this.log);
		this.write('connected', { user_id: '7', seq, unread_count: seq }, false);
		this.write('reset', { reason: 'unknown', seq, unread_count: seq }, seq);
	}

	/* `id` is of the person's log; with topics it has the numbers of all. */
	write(type, data, id) {
		const all = [this.user ? id : '', ...[...this.follows].map(([topic, seq]) => `${topic}=${seq}`)];
		const number = id === false ? '' : `id: ${all.join(';')}\n`;
		this.response.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n${number}\n`);
	}

	refuse(status) {
		this.response.writeHead(status, { 'content-type': 'text/html' });
		this.response.end(status === 200 ? '<p>Sign in, please</p>' : undefined);
	}

	end({ retry_ms } = {}) {
		if (retry_ms !== undefined) {
			this.response.write(`retry: ${retry_ms}\n\n`);
			this.write('closing', { retry_ms }, false);
		}
		this.openStreams.delete(this);
		this.isOver = true;
		this.response.end();
	}
}
