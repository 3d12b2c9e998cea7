// What a client says through a WebSocket: commands, which have the rights of the REST request, are answered in order
// when they are committed, and undo nothing of anybody else's.

import assert from 'node:assert';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { readMetrics } from '../lib/metrics.mjs';
import { startSite } from '../lib/site.mjs';
import { frameOf, openReady, openSocket, TEXT } from '../lib/websocket.mjs';

let site;

before(async () => {
	site = await startSite({ env: { PGBELL_MAX_STREAMS_PER_USER: '4' } });
});
after(() => site.stop());

const notify = (person, kind = 'test') => site.sql('select pgbell.notify($1, $2)', [String(person.id), kind]);

test('marks are made through a socket as through the REST side, and answered in order', async () => {
	const bob = await site.signUp();
	const { socket } = await openReady(site, bob);
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
	const { socket } = await openReady(site, await site.signUp());
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
	const { socket } = await openReady(site, await site.signUp());
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
	const sockets = (await Promise.all([openReady(site, bob), openReady(site, carol)])).map(({ socket }) => socket);
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

test('what one person asks for while another transaction has her inbox refuses nobody else what they ask for', async () => {
	const [bob, carol] = await Promise.all([site.signUp(), site.signUp()]);
	const open = async (person) => (await openReady(site, person)).socket;
	const waiting = await Promise.all([bob, bob, bob, bob].map(open)), others = await open(carol);
	await notify(bob);
	await notify(carol);
	const [hers, theirs] = await Promise.all([waiting[0], others].map(async (socket) => (await socket.next('new_notification')).data.id));
	const holder = await site.connect();
	await holder.query('begin');
	await holder.query(`select pgbell.notify('${bob.id}', 'more'), pgbell.number_pending()`);
	for (let round = 0; round < 4; round++) {
		for (let n = 0; n < 7; n++)
			for (const socket of waiting)
				socket.send({ n, command: 'read', id: hers });
		others.send({ n: round, command: round % 2 ? 'unread' : 'read', id: theirs });
		assert.equal((await others.next('answer')).data.status, 200);
		for (let n = 0; n < 7; n++)
			for (const socket of waiting)
				assert.equal((await socket.next('answer')).data.status, 503);
	}
	await holder.query('rollback');
	await holder.end();
	assert.equal((await waiting[0].ask({ n: 9, command: 'read', id: hers })).status, 200);
	[...waiting, others].forEach((socket) => socket.close());
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
	const { socket } = await openReady(site, bob);
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
	const { socket } = await openReady(site, bob);
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
