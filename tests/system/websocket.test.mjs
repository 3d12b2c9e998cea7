// WebSockets behind nginx: the same events as a stream's, and the same numbers; who may open
// one; what a client must not send; and how each ends.

import assert from 'node:assert';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { PATIENCE_MS, waitFor } from '../lib/wait.mjs';
import { frameOf, openSocket, TEXT } from '../lib/websocket.mjs';
import { readMetrics } from '../lib/metrics.mjs';
import { startSite } from '../lib/site.mjs';

const HEARTBEAT_S = 1;

let site, alice;

before(async () => {
	site = await startSite({ env: { PGBELL_HEARTBEAT_S: String(HEARTBEAT_S), PGBELL_MAX_STREAMS_PER_USER: '4' } });
	alice = await site.signUp();
});
after(() => site.stop());

async function notify(person, kind = 'test') {
	await site.sql('select pgbell.notify($1, $2)', [String(person.id), kind]);
}

async function openReady(person, options) {
	const socket = await site.socket(person.token, options);
	assert.equal(socket.status, 101, socket.body);
	const connected = await socket.next('connected');
	return { socket, connected };
}

function problemOf(socket) {
	assert.equal(socket.headers['content-type'], 'application/problem+json');
	return JSON.parse(socket.body);
}

// --- what is told ---------------------------------------------------------------

test('a socket is told what a stream is told', async () => {
	const bob = await site.signUp();
	const stream = await site.stream(bob.token);
	const { socket, connected } = await openReady(bob);
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
	const { socket } = await openReady(bob);
	await notify(bob);
	const { id } = await socket.next('new_notification');
	socket.destroy();
	await notify(bob, 'missed');
	const again = await openReady(bob, { query: { last_event_id: id } });
	assert.equal(again.connected.id, undefined);
	const missed = await again.socket.next('new_notification');
	assert.equal(missed.id, id + 1);
	assert.equal(missed.data.kind, 'missed');
	again.socket.close();
	const unknown = await openReady(bob, { query: { last_event_id: 4711 } });
	assert.equal((await unknown.socket.next('reset')).data.reason, 'unknown');
	unknown.socket.close();
});

test('a heartbeat comes with a ping, and a ping is answered', async () => {
	const { socket } = await openReady(await site.signUp());
	await socket.nextPing();
	await socket.next('heartbeat');
	socket.write(frameOf(0x89, 'are you there'));
	assert.equal(await socket.nextPong(), 'are you there');
	socket.close();
	await socket.closed;
});

test('a client that answers no ping is given up', async () => {
	const { socket } = await openReady(await site.signUp());
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
	const open = await Promise.all([1, 2, 3, 4].map(() => openReady(bob)));
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
		const { socket } = await openReady(await site.signUp());
		socket.write(bytes);
		assert.equal((await socket.closed).code, code, bytes.toString('hex', 0, 20));
	}));
	assert.equal((await readMetrics(site)).get('pgbell_streams_closed_total{reason="fault"}') - before, faults.length);
});

// --- what a client may say ----------------------------------------------------------------

test('marks are made through a socket as through the REST side, and answered in order', async () => {
	const bob = await site.signUp();
	const { socket } = await openReady(bob);
	const ids = [];
	for (let i = 0; i < 3; i++) {
		await notify(bob);
		ids.push((await socket.next('new_notification')).data.id);
	}
	const first = await socket.ask({ n: 1, command: 'read', id: ids[0] });
	assert.equal(first.status, 200);
	assert.deepEqual(first.body, { user_id: String(bob.id), unread_count: 2, seq: 4 });
	assert.deepEqual((await socket.next('notification_read')).data.ids, [ids[0]]);
	assert.equal((await socket.ask({ n: 2, command: 'unread', id: ids[0] })).body.unread_count, 3);
	const all = await socket.ask({ n: 3, command: 'read_all', up_to: 2 });
	assert.equal(all.status, 200, JSON.stringify(all));
	assert.equal((await socket.ask({ n: 4, command: 'read_all' })).body.unread_count, 0);
	assert.equal((await socket.ask({ n: 5, command: 'delete', id: ids[1] })).status, 200);
	assert.equal((await socket.ask({ n: 6, command: 'delete', id: ids[1] })).status, 404);
	const list = await site.api('GET', '/api/notifications', { token: bob.token });
	assert.deepEqual(list.body.notifications.map((one) => one.id), [ids[2], ids[0]]);

	// What is no command keeps its place among those that are.
	for (const message of [{ n: 50, command: 'read', id: ids[2] }, { n: 51, command: 'drop' }, { n: 52, command: 'unread', id: ids[2] }, { n: 53 }])
		socket.send(message);
	for (const n of [50, 51, 52, 53])
		assert.equal((await socket.next('answer')).data.n, n);

	// More than may wait, sent at once: the rest waits in the socket.
	for (let n = 100; n < 140; n++)
		socket.send({ n, command: n % 2 ? 'unread' : 'read', id: ids[2] });
	for (let n = 100; n < 140; n++)
		assert.equal((await socket.next('answer')).data.n, n);
	socket.close();
});

test('a command that is none is answered with a problem, and the socket stays', async () => {
	const { socket } = await openReady(await site.signUp());
	for (const [message, n, status, pointer] of [
		['{', null, 400],
		['"read"', null, 400],
		[`${'['.repeat(20)}${']'.repeat(20)}`, null, 400],
		[{ command: 'read_all' }, null, 422, '/n'],
		[{ n: 1, command: 'drop' }, 1, 422, '/command'],
		[{ n: 2, command: 'read' }, 2, 422, '/id'],
		[{ n: 3, command: 'read', id: '7' }, 3, 422, '/id'],
		[{ n: 4, command: 'follow', topic: 'no topic' }, 4, 422, '/topic'],
		[{ n: 5, command: 'read', id: 4711 }, 5, 404],
	]) {
		socket.send(message);
		const { data } = await socket.next('answer');
		assert.deepEqual([data.n, data.status, data.body.errors?.[0].pointer], [n, status, pointer], JSON.stringify(message));
		assert.equal(data.body.status, status);
	}
	assert.equal((await socket.ask({ n: 6, command: 'read_all' })).status, 200);
	socket.close();
});

test('a command that is none is answered in its place among others', async () => {
	const { socket } = await openReady(await site.signUp());
	for (let n = 0; n < 12; n++)
		socket.send(n % 3 === 1 ? { n, command: 'drop' } : { n, command: 'read_all' });
	for (let n = 0; n < 12; n++)
		assert.equal((await socket.next('answer')).data.n, n);
	socket.close();
});

test('who sends commands that are none and reads no answer is not read either', async () => {
	// As through a web server that takes what comes from the client, whatever goes to it.
	const { token } = await site.signUp();
	const socket = await openSocket(`${site.state}/run/websocket.sock`, '/api/notifications/socket', { headers: { Authorization: `Bearer ${token}` } });
	await socket.next('connected');
	const FLOOD = 20000;
	const bad = frameOf(TEXT, JSON.stringify({ n: 1, command: 'drop' }));
	const refused = async () => {
		const samples = await readMetrics(site);
		return { count: samples.get('pgbell_commands_total{outcome="refused"}'), backlog: samples.get('pgbell_backlog_bytes') };
	};
	const before = await refused();
	socket.connection.pause();
	const thousand = Buffer.concat(Array.from({ length: 1000 }, () => bad));
	const sending = (async () => {
		for (let i = 0; i < FLOOD; i += 1000)
			if (!socket.connection.write(thousand))
				await once(socket.connection, 'drain');
	})();
	let now = before;
	for (let still = 0; still < 60 && now.count < before.count + FLOOD;) {
		const last = now.count;
		now = await refused();
		still = now.count === last ? still + 1 : 0;
	}
	assert.ok(now.backlog < 64 * 1024, `${now.backlog} bytes wait for it`);
	socket.connection.resume();
	await sending;
	for (let i = 0; i < FLOOD; i++)
		assert.equal((await socket.next('answer')).data.status, 422);
	socket.close();
});

test('what a trigger of the application refuses, at once or at the commit, is not told as done, and undoes nobody else\'s', async () => {
	const [bob, carol] = await Promise.all([site.signUp(), site.signUp()]);
	const sockets = (await Promise.all([openReady(bob), openReady(carol)])).map(({ socket }) => socket);
	await site.sql(`create function public.refuse() returns trigger language plpgsql as
		$$ begin raise 'not this one' using errcode = tg_argv[0]; end $$`);
	const timings = { 'trigger before update': '', 'constraint trigger after update': 'deferrable initially deferred' };
	for (const [kind, how] of Object.entries(timings))
		for (const code of ['P0001', 'UE001', '42P01']) {
			await site.sql(`create ${kind.replace(/(before|after)/, 'refuse $1')} on pgbell.notification ${how}
				for each row when (new.kind = 'refused') execute function public.refuse('${code}')`);
			await notify(bob, 'refused');
			await notify(carol);
			const [refused, fine] = await Promise.all(sockets.map(async (socket) => (await socket.next('new_notification')).data.id));
			for (let n = 0; n < 6; n++) {
				sockets[0].send({ n, command: 'read', id: refused });
				sockets[1].send({ n, command: n % 2 ? 'read' : 'unread', id: fine });
			}
			for (let n = 0; n < 6; n++) {
				assert.equal((await sockets[0].next('answer')).data.status, 500, `${kind} ${code}`);
				const { data: { status, body } } = await sockets[1].next('answer');
				assert.deepEqual([status, body.unread_count], [200, n % 2 ? 0 : 1], `${kind} ${code}`);
			}
			assert.deepEqual((await site.sql('select id::integer from pgbell.notification where id in ($1, $2) and read_at is null', [refused, fine])).map(({ id }) => id), [refused]);
			await site.sql('drop trigger refuse on pgbell.notification');
			assert.equal((await sockets[0].ask({ n: 7, command: 'delete', id: refused })).status, 200);
			await sockets[1].ask({ n: 7, command: 'delete', id: fine });
		}
	sockets.forEach((socket) => socket.close());
});

test('nobody marks what is not theirs, whatever they show', async () => {
	const [bob, carol] = await Promise.all([site.signUp(), site.signUp()]);
	await notify(bob);
	const { id } = (await site.sql('select max(id) as id from pgbell.notification where user_id = $1', [String(bob.id)]))[0];
	const ticket = async (person) => (await site.api('POST', '/api/session/ticket', { token: person.token })).body.ticket;
	const ofCarol = await Promise.all([
		site.socket(carol.token),
		ticket(carol).then((one) => site.socket(undefined, { query: { ticket: one } })),
	]);
	for (const socket of ofCarol)
		for (const command of ['read', 'unread', 'delete'])
			assert.equal((await socket.ask({ n: 1, command, id: Number(id) })).status, 404);
	const visitor = await site.socket(undefined, { query: { topic: 'public:news' } });
	assert.equal(visitor.status, 101, visitor.body);
	for (const command of ['read', 'delete'])
		assert.equal((await visitor.ask({ n: 1, command, id: Number(id) })).status, 401);
	assert.equal((await visitor.ask({ n: 2, command: 'read_all' })).status, 401);
	const own = await site.socket(undefined, { query: { ticket: await ticket(bob) } });
	assert.deepEqual((await own.ask({ n: 3, command: 'read', id: Number(id) })).body.unread_count, 0);
	[...ofCarol, visitor, own].forEach((socket) => socket.close());
});

test('topics are followed and left through a socket, and missed events come behind the answer', async () => {
	const publish = (topic, data) => site.sql('select pgbell.publish($1, $2, $3)', [topic, 'said', JSON.stringify({ data })]);
	const bob = await site.signUp();
	const { socket } = await openReady(bob);
	await publish('public:a', 1);
	await publish('public:a', 2);
	assert.deepEqual((await socket.ask({ n: 1, command: 'follow', topic: 'public:a', after: 1 })).body, { topic: 'public:a', seq: 2 });
	const missed = await socket.next('published');
	assert.deepEqual([missed.data.topic, missed.data.seq, missed.data.data.data], ['public:a', 2, 2]);
	await publish('public:a', 3);
	assert.equal((await socket.next('published')).data.seq, 3);
	assert.equal((await socket.ask({ n: 2, command: 'follow', topic: 'secret:a' })).status, 403);
	assert.equal((await socket.ask({ n: 3, command: 'follow', topic: 'public:a' })).body.seq, 3);

	const lost = await socket.ask({ n: 4, command: 'follow', topic: 'public:b', after: 99 });
	assert.equal(lost.status, 200);
	assert.deepEqual((await socket.next('reset')).data, { topic: 'public:b', reason: 'unknown', seq: 0 });
	for (let n = 3; n <= 32; n++)
		assert.equal((await socket.ask({ n, command: 'follow', topic: `public:${n}` })).status, 200);
	assert.equal((await socket.ask({ n: 33, command: 'follow', topic: 'public:one-too-many' })).status, 422);

	assert.equal((await socket.ask({ n: 34, command: 'unfollow', topic: 'public:a' })).status, 200);
	await publish('public:a', 4);
	await publish('public:b', 'last');
	const next = await socket.next('published');
	assert.deepEqual([next.data.topic, next.data.seq], ['public:b', 1]);
	assert.equal((await site.socket(bob.token, { query: Array.from({ length: 33 }, (_, i) => ['topic', `public:${i}`]) })).status, 422);
	socket.close();
});

test('a topic that is followed once more goes on from the number that is shown, or where it is', async () => {
	const topic = 'public:once-more';
	const publish = () => site.sql(`select pgbell.publish($1, 'said')`, [topic]);
	const bob = await site.signUp();
	const { socket } = await openReady(bob);
	const seqs = async (count) => {
		const told = [];
		while (told.length < count)
			told.push((await socket.next('published')).data.seq);
		return told;
	};
	for (let n = 1; n <= 3; n++)
		await publish();
	await socket.ask({ n: 1, command: 'follow', topic, after: 0 });
	assert.deepEqual(await seqs(3), [1, 2, 3]);
	assert.deepEqual((await socket.ask({ n: 2, command: 'follow', topic, after: 1 })).body, { topic, seq: 3 });
	assert.deepEqual(await seqs(2), [2, 3]);
	assert.deepEqual((await socket.ask({ n: 3, command: 'follow', topic })).body, { topic, seq: 3 });
	await publish();
	assert.deepEqual(await seqs(1), [4]);
	await socket.ask({ n: 4, command: 'follow', topic, after: 9 });
	assert.deepEqual((await socket.next('reset')).data, { topic, reason: 'unknown', seq: 4 });
	await publish();
	assert.deepEqual(await seqs(1), [5]);
	socket.close();
});

// --- how it ends ------------------------------------------------------------------------

test('a session that ends closes its sockets with 4401', async () => {
	const bob = await site.signUp();
	const { socket } = await openReady(bob);
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
	const { socket } = await openReady(bob);
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
