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
 * that path works.  `server.streams`, `server.sockets` and `server.readings` are the requests so far: {at, url};
 * `server.open` the streams that are open, by whichever door.  Whoever asks may follow what begins with `public:`.
 */

import { createServer } from 'node:http';
import { acceptSockets } from './bad-day-socket.mjs';
import { lastOf, Stream } from './bad-day-stream.mjs';
import { createTopicLogs } from './topic-logs.mjs';

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
	'/no-socket': ({ stream }) => (stream.isSocket ? stream.refuse(404) : stream.open()),
	'/silent-socket': ({ stream }) => (stream.isSocket ? stream.head() : stream.open()),
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

	function begin(day, stream, nth) {
		const ticket = stream.given.get('ticket');
		if (IS_NOBODY.test(day)) stream.user = null;
		if (ticket !== null && !tickets.delete(ticket)) stream.refuse(401);
		else DAYS[isHealed ? '/fine' : day]({ stream, nth });
	}

	function onRequest(request, response) {
		const url = new URL(request.url, 'http://localhost');
		const [, day, path] = /^(\/[^/]+)(.*)$/.exec(url.pathname);
		const { searchParams: given } = url;
		if (path === '/notifications/stream') {
			streams.push({ at: Date.now(), url: request.url });
			begin(day, new Stream({ response, request, given, log, topics, open }), streams.length);
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
	const sockets = acceptSockets(server, { log, topics, open }, begin);
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

	return {
		api: (day) => `http://127.0.0.1:${server.address().port}${day}`,
		log,
		topics,
		open,
		streams,
		sockets,
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

function answer(response, status, body, headers) {
	response.writeHead(status, { 'content-type': 'application/json', ...headers });
	response.end(JSON.stringify(body));
}
