// WebSockets behind nginx: the same events as a stream's, and the same numbers; who may open
// one; what a client must not send; and how each ends.

import assert from 'node:assert';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { PATIENCE_MS, waitFor } from '../lib/wait.mjs';
import { frameOf, openReady, TEXT } from '../lib/websocket.mjs';
import { readMetrics } from '../lib/metrics.mjs';
import { startSite } from '../lib/site.mjs';

const HEARTBEAT_S = 1;

let site, alice;

before(async () => {
	site = await startSite({ env: { PGBELL_HEARTBEAT_S: String(HEARTBEAT_S), PGBELL_MAX_STREAMS_PER_USER: '4' } });
	alice = await site.signUp();
});
after(() => site.stop());

const notify = (person, kind = 'test') => site.sql('select pgbell.notify($1, $2)', [String(person.id), kind]);

function problemOf(socket) {
	assert.equal(socket.headers['content-type'], 'application/problem+json');
	return JSON.parse(socket.body);
}

// --- what is told ---------------------------------------------------------------

test('a socket is told what a stream is told', async () => {
	const bob = await site.signUp();
	const stream = await site.stream(bob.token);
	const { socket, connected } = await openReady(site, bob);
	assert.equal(connected.id, 0);
	assert.equal(connected.data.user_id, String(bob.id));
	assert.equal(socket.events[0].event, 'retry');
	assert.equal(socket.events[0].data.ms, connected.data.retry_ms);
	await stream.next('connected');
	for (const kind of ['one', 'two', 'three'])
		await notify(bob, kind);
	const { id } = (await site.sql('select max(id) as id from pgbell.notification where user_id = $1', [String(bob.id)]))[0];
	assert.equal((await site.api('PUT', `/api/notifications/${id}/read`, { token: bob.token })).status, 200);
	assert.equal((await site.api('DELETE', `/api/notifications/${id}`, { token: bob.token })).status, 200);
	await socket.next('notification_deleted');
	await stream.next('notification_deleted');
	const isLogged = ({ event }) => event.includes('notification');
	const ofStream = stream.events.filter(isLogged).map(({ event, id, data }) => ({ event, id: Number(id), data }));
	assert.equal(ofStream.length, 5);
	assert.deepEqual(socket.events.filter(isLogged), ofStream);
	socket.close();
	stream.close();
	assert.equal((await socket.closed).code, 1000);
});

test('a socket resumes by number', async () => {
	const bob = await site.signUp();
	const { socket } = await openReady(site, bob);
	await notify(bob);
	const { id } = await socket.next('new_notification');
	socket.destroy();
	await notify(bob, 'missed');
	const again = await openReady(site, bob, { query: { last_event_id: id } });
	assert.equal(again.connected.id, undefined);
	const missed = await again.socket.next('new_notification');
	assert.equal(missed.id, id + 1);
	assert.equal(missed.data.kind, 'missed');
	again.socket.close();
	const unknown = await openReady(site, bob, { query: { last_event_id: 4711 } });
	assert.equal((await unknown.socket.next('reset')).data.reason, 'unknown');
	unknown.socket.close();
});

test('a heartbeat comes with a ping, and a ping is answered', async () => {
	const { socket } = await openReady(site, await site.signUp());
	await socket.nextPing();
	await socket.next('heartbeat');
	socket.write(frameOf(0x89, 'are you there'));
	assert.equal(await socket.nextPong(), 'are you there');
	socket.close();
	await socket.closed;
});

test('a client that answers no ping is given up', async () => {
	const { socket } = await openReady(site, await site.signUp());
	socket.answersPings = false;
	assert.equal((await socket.closed).code, 1006);
	assert.ok((await readMetrics(site)).get('pgbell_streams_closed_total{reason="silent"}') >= 1);
});

// --- who may open one -------------------------------------------------------------

test('a socket is opened with a ticket, a token in the address, or the cookie', async () => {
	const bob = await site.signUp();
	const { body } = await site.api('POST', '/api/session/ticket', { token: bob.token });
	const own = `http://127.0.0.1:${site.port}`;
	for (const [query, headers] of [
		[{ ticket: body.ticket }, {}],
		[{ token: bob.token }, { Origin: 'https://elsewhere.example' }],
		[{}, { Cookie: `pgbell_session=${bob.token}`, Origin: own }],
	]) {
		const socket = await site.socket(undefined, { query, headers });
		assert.equal(socket.status, 101, socket.body);
		assert.equal((await socket.next('connected')).data.user_id, String(bob.id));
		socket.close();
		await socket.closed;
	}
	const spent = await site.socket(undefined, { query: { ticket: body.ticket } });
	assert.equal(spent.status, 401);
});

test('a page of another site does not open one with the cookie', async () => {
	const cookie = { Cookie: `pgbell_session=${alice.token}` };
	for (const headers of [{ Origin: 'https://elsewhere.example' }, { Origin: 'null' }, {},
		{ Origin: `http://127.0.0.1:${site.port + 1}` }, { Origin: `http://127.0.0.1:${site.port}`, 'Sec-Fetch-Site': 'cross-site' }]) {
		const socket = await site.socket(undefined, { headers: { ...cookie, ...headers } });
		assert.equal(socket.status, 403, JSON.stringify(headers));
		assert.equal(problemOf(socket).status, 403);
	}
});

test('what is refused is answered before the upgrade', async () => {
	for (const [status, token, options] of [
		[401, undefined, {}],
		[401, 'not-a-token', {}],
		[400, alice.token, { headers: { 'Sec-WebSocket-Key': 'short' } }],
		[400, alice.token, { headers: { 'Sec-WebSocket-Key': undefined } }],
		[426, alice.token, { headers: { 'Sec-WebSocket-Version': '8' } }],
		[426, alice.token, { headers: { Upgrade: 'h2c' } }],
		[422, alice.token, { query: { topic: 'no topic' } }],
	]) {
		const socket = await site.socket(token, options);
		assert.equal(socket.status, status, JSON.stringify(options));
		assert.equal(problemOf(socket).status, status);
		if (status === 426)
			assert.equal(socket.headers['sec-websocket-version'], '13');
	}
	const answer = await site.api('POST', '/api/notifications/socket', { token: alice.token });
	assert.equal(answer.status, 405);
});

test('more streams than a person may have are refused, sockets among them', async () => {
	const bob = await site.signUp();
	const open = await Promise.all([1, 2, 3, 4].map(() => openReady(site, bob)));
	const fifth = await site.socket(bob.token);
	assert.equal(fifth.status, 429);
	assert.ok(Number(fifth.headers['retry-after']) > 0);
	assert.ok((await readMetrics(site)).get('pgbell_sockets') >= 4);
	for (const { socket } of open)
		socket.close();
});

// --- what a client must not send ------------------------------------------------------

test('what is against the protocol closes it, with a code that says so', async () => {
	const faults = [
		[1002, frameOf(TEXT, '{}', { masked: false })],
		[1002, frameOf(0xc1, '{}')],
		[1002, frameOf(0x83, '')],
		[1002, frameOf(0x80, 'goes on from nothing')],
		[1002, frameOf(0x09, 'a ping in fragments')],
		[1002, frameOf(0x88, 'x')],
		[1003, frameOf(0x82, 'binary')],
		[1007, frameOf(TEXT, Buffer.from([0x22, 0xff, 0x22]))],
		[1009, frameOf(TEXT, '', { length: 4097 })],
		[1009, frameOf(TEXT, '', { length: 2 ** 40 })],
		[1009, Buffer.concat([frameOf(0x01, 'x'), ...Array.from({ length: 70 }, () => frameOf(0x00, ''))])],
		[1009, Buffer.concat([frameOf(0x01, 'x'.repeat(4000)), frameOf(0x00, 'x'.repeat(97))])],
	];
	const before = (await readMetrics(site)).get('pgbell_streams_closed_total{reason="fault"}');
	// At once, each of a person of its own: a client that does not close its end is waited for.
	await Promise.all(faults.map(async ([code, bytes]) => {
		const { socket } = await openReady(site, await site.signUp());
		socket.write(bytes);
		assert.equal((await socket.closed).code, code, bytes.toString('hex', 0, 20));
	}));
	assert.equal((await readMetrics(site)).get('pgbell_streams_closed_total{reason="fault"}') - before, faults.length);
});

// --- how it ends ------------------------------------------------------------------------

test('a session that ends closes its sockets with 4401', async () => {
	const bob = await site.signUp();
	const { socket } = await openReady(site, bob);
	assert.equal((await site.api('DELETE', '/api/session', { token: bob.token })).status, 204);
	assert.equal((await socket.next('session_ended')).data.reason, 'signed_out');
	assert.equal((await socket.closed).code, 4401);
});

// Last: numbers leap when the server crashes.
test('while the database is away a socket is told when to come back', async () => {
	const bob = await site.signUp();
	const supervisor = await site.pid('supervisor');
	process.kill(supervisor, 'SIGSTOP'); // nobody starts it again meanwhile
	try {
		process.kill(await site.pid('postgres'), 'SIGKILL');
		await waitFor('the database to be away', async () => (await site.api('GET', '/api/health')).status === 503);
		const socket = await site.socket(bob.token);
		assert.equal(socket.status, 101);
		const { data } = await socket.next('retry');
		assert.ok(data.ms >= 1000 && data.ms <= 5000);
		assert.equal((await socket.closed).code, 1001);
	} finally {
		process.kill(supervisor, 'SIGCONT');
	}
	await site.waitUntilHealthy();
});

test('a program that is stopped sends its sockets away, and they come back to its successor', async () => {
	const bob = await site.signUp();
	const { socket } = await openReady(site, bob);
	await notify(bob);
	const { id } = await socket.next('new_notification');
	process.kill(await site.pid('pgbell-stream'), 'SIGTERM');
	assert.ok((await socket.next('closing', PATIENCE_MS)).data.retry_ms > 0);
	assert.equal((await socket.closed).code, 1001);
	await notify(bob, 'missed');
	const again = await waitFor('a successor', async () => {
		const next = await site.socket(bob.token, { query: { last_event_id: id } }).catch(() => undefined);
		return next?.status === 101 && next;
	});
	assert.equal((await again.next('new_notification')).data.kind, 'missed');
	again.close();
});
