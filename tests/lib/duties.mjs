// What every web server must show in front of a site: that it passes requests, streams and sockets on as they are, and
// loses nothing on the way.

import assert from 'node:assert';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { readMetrics, untilMetrics } from './metrics.mjs';
import { openStream } from './sse.mjs';
import { Tab } from './tab.mjs';
import { expectAnswer, waitFor } from './wait.mjs';
import { frameOf, PING } from './websocket.mjs';

export function notify(site, user, kind = 'test') {
	return site.sql('insert into pgbell.notification (user_id, kind) values ($1, $2)', [String(user.id), kind]);
}

// A stream of a person; where streams are short, as on shared hosting, also those
// that follow it, each from where the last one ended.
class Listening {
	rounds = 0;
	#site;
	#user;
	#isShort;
	#last;

	constructor(site, user, { isShort = false, last } = {}) {
		this.#site = site;
		this.#user = user;
		this.#isShort = isShort;
		this.#last = last;
	}

	async open() {
		this.rounds++;
		this.stream = await this.#site.stream(this.#user.token, { lastEventId: this.#last });
		assert.equal(this.stream.status, 200, this.stream.text);
		return this;
	}

	async next(type) {
		for (;;) {
			try {
				const event = await this.stream.next(type);
				this.#last = event.id ?? this.#last;
				return event;
			} catch (error) {
				if (!this.#isShort || this.stream.isEnded !== 'end' || this.rounds > 20)
					throw error;
				await this.open();
			}
		}
	}

	// Notify the person; whether that was in the page at once: soon, live, and not
	// pushed by a later heartbeat.
	async rings(withinMs) {
		const { rounds } = this;
		const began = Date.now();
		await notify(this.#site, this.#user);
		const event = await this.next('new_notification');
		const { events } = this.stream;
		const isPushed = events.slice(events.indexOf(event)).some((it) => it.event === 'heartbeat');
		return this.rounds === rounds && event.at - began < withinMs && !isPushed;
	}
}

const TRIES = 5; // the machine may stand still in some of them

// Sign up, sign in, open a stream, be rung through it at once, be told what was missed.
export async function ringsThrough(site, { withinMs = 500, isShort = false } = {}) {
	const alice = await site.signUp();
	const listening = await new Listening(site, alice, { isShort }).open();
	assert.equal(listening.stream.headers['content-type'], 'text/event-stream; charset=utf-8');
	if (listening.stream.httpVersion === '1.1')
		assert.equal(listening.stream.headers['transfer-encoding'], 'chunked', 'many readers wait for more where there are no chunks');
	assert.equal(listening.stream.headers['content-encoding'], undefined);
	const { data: connected } = await listening.next('connected');
	assert.deepEqual([connected.user_id, connected.seq, connected.unread_count], [String(alice.id), 0, 0]);
	let seq = 1;
	for (; !await listening.rings(withinMs); seq++)
		assert.ok(seq < TRIES, `in ${TRIES} tries it never came within ${withinMs} ms and before the next heartbeat`);
	listening.stream.close();

	await notify(site, alice);
	await notify(site, alice);
	const again = await new Listening(site, alice, { isShort, last: seq }).open();
	assert.deepEqual([(await again.next('new_notification')).id, (await again.next('new_notification')).id], [seq + 1, seq + 2].map(String));
	again.stream.close();
	const list = await site.api('GET', '/api/notifications?limit=2', { token: alice.token });
	assert.deepEqual([list.status, list.body.unread_count, list.body.notifications.length], [200, seq + 2, 2]);
	return alice;
}

// Requests of every shape reach the worker whole, by header and by cookie.
export async function passesRequests(site) {
	const alice = await site.signUp();
	const question = await site.api('POST', '/api/questions', { token: alice.token, body: { title: 'Does it go through?', body: 'ä'.repeat(20_000) } });
	assert.equal(question.status, 201, JSON.stringify(question.body));
	assert.equal(question.headers.location, `/api/questions/${question.body.id}`);
	assert.equal((await site.api('GET', `/api/questions/${question.body.id}`)).body.body, 'ä'.repeat(20_000));
	const byCookie = { cookie: `pgbell_session=${alice.token}`, headers: { origin: site.url, 'sec-fetch-site': 'same-origin' } };
	assert.equal((await site.api('PUT', '/api/notifications/read-all', { ...byCookie, body: {} })).status, 200);
	const foreign = { ...byCookie, headers: { origin: 'http://elsewhere.example', 'sec-fetch-site': 'cross-site' } };
	assert.equal((await site.api('PUT', '/api/notifications/read-all', { ...foreign, body: {} })).status, 403);
	const refused = await site.api('GET', '/api/notifications');
	assert.equal(refused.status, 401);
	assert.match(refused.headers['content-type'], /^application\/problem\+json/);
	assert.match(refused.headers['www-authenticate'], /^Bearer/);
	const long = await site.api('POST', '/api/questions', { token: alice.token, body: { title: 'x', body: 'x'.repeat(70_000) } });
	assert.equal(long.status, 413);
	assert.equal(long.body.status, 413, 'it tells what the limit is');
	assert.deepEqual((await site.api('GET', '/api/topics/public:question/~1@x-_.y/events')).body, { events: [], seq: 0, reset: null });
	assert.equal((await site.api('GET', '/api/nothing')).body.status, 404);
	assert.equal((await site.api('DELETE', `/api/questions/${question.body.id}`, { token: alice.token })).status, 204);
}

// A body whose length nobody announces, and which comes behind its header.
export async function takesChunkedBodies(site) {
	const { token } = await site.signUp();
	const post = (body, type = 'application/json') => new Promise((resolve, reject) => {
		const outgoing = http.request(`${site.url}/api/questions`, { method: 'POST', agent: false,
			headers: { authorization: `Bearer ${token}`, 'content-type': type, 'transfer-encoding': 'chunked' } }, (answer) => {
			resolve(answer.statusCode);
			answer.resume();
		});
		expectAnswer('a body in chunks', outgoing);
		outgoing.on('error', reject);
		outgoing.flushHeaders();
		sleep(300).then(() => outgoing.end(body));
	});
	assert.equal(await post('{"title":"chunked","body":"b"}'), 201);
	assert.equal(await post('{"title":"chunked"'), 400);
	assert.equal(await post('title=chunked', 'application/x-www-form-urlencoded'), 415);
	assert.equal(await post(JSON.stringify({ title: 'chunked', body: 'b'.repeat(150_000) })), 413);
	assert.equal(await post(''), 422, 'there is no title');
}

// The page and what is sent along with it, to a browser, which takes it compressed.
export async function servesThePage(site) {
	const zipped = { 'accept-encoding': 'gzip' };
	const page = await site.api('GET', '/');
	assert.equal(page.status, 200);
	assert.match(page.headers['content-type'], /^text\/html/);
	assert.match(page.headers['content-security-policy'], /default-src 'self'/);
	assert.equal(page.headers['cache-control'], 'no-cache');
	assert.equal(page.headers['x-content-type-options'], 'nosniff');
	const script = await site.api('GET', '/js/app.js', { headers: zipped });
	assert.equal(script.status, 200);
	assert.match(script.headers['content-type'], /javascript/);
	const known = await site.api('GET', '/js/app.js', { headers: { ...zipped, 'if-none-match': script.headers.etag } });
	assert.equal(known.status, 304);
}

// When nobody is there any more, open a stream and leave; gives how many
// heartbeats there were until nobody counted it.
export async function leave(site, user) {
	const areGone = (now) => now.get('pgbell_streams') === 0;
	await untilMetrics(site, areGone);
	const stream = await site.stream(user.token);
	await stream.next('connected');
	const before = await readMetrics(site);
	assert.equal(before.get('pgbell_streams'), 1);
	stream.close();
	const after = await untilMetrics(site, areGone);
	return after.get('pgbell_heartbeats_total') - before.get('pgbell_heartbeats_total');
}

// Events go on while something is done to the server; a tab misses none and gets none twice.
export async function missesNothingWhile(site, action) {
	const user = await site.signUp();
	const tab = new Tab(site, user.token);
	await waitFor('the tab', () => tab.rounds > 0);
	await notify(site, user);
	let count = 1;
	let acting = true;
	const ringing = (async () => {
		for (; acting; count++) {
			await notify(site, user);
			await sleep(50);
		}
	})();
	try {
		await action(tab);
	} finally {
		acting = false;
		await ringing;
	}
	await waitFor('the last event', () => tab.numbers.at(-1) >= count);
	await tab.close();
	assert.deepEqual(tab.numbers, Array.from({ length: count }, (_, i) => i + 1));
	assert.deepEqual(tab.statuses.filter((status) => status !== 200), []);
	return tab;
}

// So many streams on one connection of a browser (http2.mjs), which asks other things meanwhile.
export async function sharesAConnection(browser, count) {
	const alice = await browser.signUp();
	const streams = await Promise.all(Array.from({ length: count }, () => browser.stream(alice.token)));
	await Promise.all(streams.map((stream) => stream.next('connected')));
	for (let seq = 1; seq <= 10; seq++) {
		await notify(browser, alice);
		assert.equal((await browser.api('GET', '/api/notifications/unread-count', { token: alice.token })).body.unread_count, seq);
		for (const stream of streams)
			assert.equal((await stream.next('new_notification')).id, String(seq));
	}
	assert.equal(browser.connections, 1);
	streams.forEach((stream) => stream.close());
}

// So many streams at once, thirty of a person; one statement reaches them all.
// Gives how long both took.
export async function holdsStreams(site, count) {
	const people = Math.ceil(count / 30);
	const tokens = (await site.sql("select s.token from generate_series(1, $1) i, pgbell.create_session('held-' || i) s", [people])).map((row) => row.token);
	const streams = [];
	const began = Date.now();
	await Promise.all(Array.from({ length: 50 }, async (_, lane) => {
		for (let i = lane; i < count; i += 50) {
			const stream = streams[i] = await openStream(`${site.url}/api/notifications/stream`, { headers: { authorization: `Bearer ${tokens[i % people]}` } });
			assert.equal(stream.status, 200, stream.text);
			await stream.next('connected');
		}
	}));
	const openedMs = Date.now() - began;
	await site.sql("insert into pgbell.notification (user_id, kind) select 'held-' || i, 'all' from generate_series(1, $1) i", [people]);
	await Promise.all(streams.map((stream) => stream.next('new_notification')));
	const rungMs = Date.now() - began - openedMs;
	assert.ok(streams.every((stream) => stream.isEnded === undefined), 'none was ended');
	streams.forEach((stream) => stream.close());
	return `${count} streams at once: open after ${openedMs} ms, rung after ${rungMs} ms`;
}

// One is passed on, both ways, with who asks and from where.
export async function passesSockets(site) {
	const user = await site.signUp();
	const cookie = { Cookie: `pgbell_session=${user.token}` };
	const foreign = await site.socket(undefined, { headers: { ...cookie, Origin: 'https://elsewhere.example' } });
	assert.equal(foreign.status, 403);
	assert.equal(JSON.parse(foreign.body).status, 403);
	assert.equal((await site.socket('not-a-token')).status, 401);
	const socket = await site.socket(undefined, { headers: { ...cookie, Origin: new URL(site.url).origin } });
	assert.equal(socket.status, 101, socket.body);
	assert.equal((await socket.next('connected')).data.user_id, String(user.id));
	await notify(site, user);
	const { data } = await socket.next('new_notification');
	assert.equal((await socket.ask({ n: 1, command: 'read', id: data.id })).body.unread_count, 0);
	socket.write(frameOf(PING, 'there'));
	assert.equal(await socket.nextPong(), 'there');
	socket.send('x'.repeat(5000));
	assert.equal((await socket.closed).code, 1009);
	const bearer = await site.socket(user.token, { query: { last_event_id: 1 } });
	assert.equal((await bearer.next('notification_read')).id, 2);
	assert.equal((await site.api('DELETE', '/api/session', { token: user.token })).status, 204);
	assert.equal((await bearer.closed).code, 4401);
}
