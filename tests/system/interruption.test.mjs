// What happens to open streams while the database, a connection or a process
// goes away: they stay open, or come back, and nothing is lost.

import assert from 'node:assert';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { startSite } from '../lib/site.mjs';
import { PATIENCE_MS } from '../lib/wait.mjs';

let site, alice;

before(async () => {
	site = await startSite({ streams: 2, env: { PGBELL_CANARY_S: '1', PGBELL_OPEN_WAIT_S: '1', PGBELL_DRAIN_S: '1', PGBELL_FLOOR_S: '2' } });
	alice = await site.signUp();
});
after(() => site.stop());

const notify = () => site.sql(`insert into pgbell.notification (user_id, kind) values ($1, 'test')`, [String(alice.id)]);

// Ask until the answer satisfies; a site that never does so runs into the time limit.
async function until(ask, satisfies) {
	const deadline = Date.now() + PATIENCE_MS;
	for (;;) {
		const answer = await ask().catch((error) => error);
		if (satisfies(answer))
			return answer;
		assert.ok(Date.now() < deadline, `never came true; last: ${JSON.stringify(answer)}`);
		await sleep(20);
	}
}

// Several streams, so that both stream processes have some.  A process that
// has no database yet says so by ending the stream: come back, as a browser does.
async function openStreams(count = 6, options = {}) {
	return Promise.all(Array.from({ length: count }, () => until(
		async () => {
			const stream = await site.stream(alice.token, options);
			await stream.next('connected');
			return stream;
		},
		(stream) => stream.isEnded === undefined && stream.status === 200)));
}

const ids = (stream) => stream.events.filter((event) => event.event === 'new_notification').map((event) => Number(event.id));

// Every stream has had exactly the log's numbers behind `before`; where PostgreSQL was started again
// they leap.
async function assertWhole(streams, before) {
	const log = (await site.sql('select seq from pgbell.event where address = $1 and seq > $2 order by seq', [String(alice.id), before]))
		.map(({ seq }) => Number(seq));
	for (const stream of streams) {
		while ((ids(stream).at(-1) ?? 0) < log.at(-1))
			await stream.next('new_notification');
		assert.deepEqual(ids(stream), log);
		assert.equal(stream.isEnded, undefined, 'the stream stayed open');
	}
}

// As soon as the database answers: some tests leave it to come back.
const newest = () => until(
	async () => Number((await site.sql('select coalesce(max(seq), 0) as seq from pgbell.event where address = $1', [String(alice.id)]))[0].seq),
	Number.isInteger);

const backends = (pattern) => site.superuser(
	`select pid, application_name from pg_stat_activity where application_name like $1`, [pattern]);

test('each stream process has two connections, however many streams', async () => {
	const streams = await openStreams(20);
	// Until: a canary that is late because the machine stood still has a listener replaced.
	await until(() => backends('pgbell-stream%'), (rows) => isDeepStrictEqual(rows.map((row) => row.application_name).sort(),
		['pgbell-stream listener', 'pgbell-stream listener', 'pgbell-stream reader', 'pgbell-stream reader']));
	for (const stream of streams)
		stream.close();
});

test('an insert reaches the streams of both stream processes', async () => {
	const before = await newest();
	const streams = await openStreams(12);
	await notify();
	await assertWhole(streams, before);
	for (const stream of streams)
		stream.close();
});

for (const name of ['listener', 'reader']) {
	test(`no stream notices that the ${name}'s backend is killed`, async () => {
		const before = await newest();
		const streams = await openStreams();
		await notify();
		for (const { pid } of await backends(`pgbell-stream ${name}`))
			await site.superuser('select pg_terminate_backend($1)', [pid]);
		await notify();
		await until(() => backends(`pgbell-stream ${name}`), (rows) => rows.length === 2);
		await notify();
		await assertWhole(streams, before);
		for (const stream of streams)
			stream.close();
	});
}

test('kill -9 of a backend restarts PostgreSQL; streams stay open and nothing is lost', async () => {
	const before = await newest();
	const streams = await openStreams();
	await notify();
	const [{ pid }] = await backends('pgbell-stream reader');
	process.kill(pid, 'SIGKILL');
	await until(() => backends('pgbell-stream reader'), (rows) => rows.length === 2 && rows.every((row) => row.pid !== pid));
	await until(notify, (answer) => Array.isArray(answer)); // as soon as it takes inserts again
	await until(notify, (answer) => Array.isArray(answer));
	await assertWhole(streams, before);
	for (const stream of streams)
		stream.close();
});

test('while PostgreSQL is down the api answers 503, then all is as before', async () => {
	const before = await newest();
	const streams = await openStreams();
	await notify();
	const settings = join(site.state, 'pg', 'postgresql.conf');
	const postmaster = await site.pid('postgres');
	await rename(settings, `${settings}.away`); // so that it is not back before we have looked
	try {
		process.kill(postmaster, 'SIGINT');
		const refused = await until(() => site.api('GET', '/api/notifications', { token: alice.token }), (answer) => answer.status === 503);
		assert.match(refused.headers['content-type'], /^application\/problem\+json/);
		assert.ok(Number(refused.headers['retry-after']) > 0);
		const health = await until(() => site.api('GET', '/api/health'), (answer) => answer.status === 503);
		assert.equal(health.body.status, 'unavailable');
		const waiting = await site.stream(alice.token);
		assert.equal(waiting.status, 200, 'an EventSource never comes back from a 503');
		assert.equal(await waiting.ended, 'end');
		assert.ok(waiting.retryMs > 0);
	} finally {
		await rename(`${settings}.away`, settings);
	}
	await until(notify, (answer) => Array.isArray(answer));
	await site.waitUntilHealthy();
	const inbox = await until(() => site.api('GET', '/api/notifications', { token: alice.token }), (answer) => answer.status === 200);
	assert.equal(inbox.body.seq, await newest());
	await assertWhole(streams, before);
	for (const stream of streams)
		stream.close();
});

test('a stopped listener backend is found out by its canary and replaced', async () => {
	const before = await newest();
	const streams = await openStreams();
	const stopped = await backends('pgbell-stream listener');
	const postmaster = await site.pid('postgres');
	await notify(); // over a connection that is there, also later on
	process.kill(postmaster, 'SIGSTOP'); // so that there is no other one before we have looked
	try {
		for (const { pid } of stopped)
			process.kill(pid, 'SIGSTOP');
		await notify();
		await until(() => site.api('GET', '/api/health'), (answer) => answer.status === 503);
		process.kill(postmaster, 'SIGCONT');
		await until(() => backends('pgbell-stream listener'), (rows) => rows.length === stopped.length + 2);
		await assertWhole(streams, before);
	} finally {
		for (const pid of [postmaster, ...stopped.map((row) => row.pid)])
			process.kill(pid, 'SIGCONT');
	}
	for (const stream of streams)
		stream.close();
});

test('a doorbell that was lost is made good by the floor', async () => {
	const before = await newest();
	const streams = await openStreams();
	await site.sql(`with numbered as (update pgbell.inbox set seq = seq + 1 where address = $1 returning address, seq, unread_count)
		insert into pgbell.event (address, seq, type, data, unread_count, created_at)
		select address, seq, 'new_notification', '{}', unread_count, now() from numbered`, [String(alice.id)]);
	await assertWhole(streams, before);
	for (const stream of streams)
		stream.close();
});

test('forged and malformed doorbells do no harm', async () => {
	const before = await newest();
	const streams = await openStreams();
	for (const payload of ['', ' ', '  ', String(alice.id), `${alice.id} ${alice.id}`, `${alice.id}  x`, ' canary 1 2', 'x'.repeat(7000), '\t\n', `nobody ${alice.id}`])
		await site.sql('select pg_notify($1, $2)', ['pgbell', payload]);
	await notify();
	await assertWhole(streams, before);
	for (const stream of streams)
		stream.close();
});

test('a stream process that is stopped tells its streams when to come back; they resume whole', async () => {
	const before = await newest();
	const streams = await openStreams();
	await notify();
	await assertWhole(streams, before);
	process.kill(await site.pid('pgbell-stream'), 'SIGTERM');
	process.kill(await site.pid('pgbell-stream-2'), 'SIGTERM');
	for (const stream of streams) {
		assert.equal(await stream.ended, 'end');
		assert.ok(stream.retryMs >= 200 && stream.retryMs <= 3000, `retry: ${stream.retryMs}`);
	}
	await notify();
	await notify();
	for (const stream of await openStreams(6, { lastEventId: before + 1 })) {
		assert.equal((await stream.next('new_notification')).id, String(before + 2));
		assert.equal((await stream.next('new_notification')).id, String(before + 3));
		stream.close();
	}
});

test('a stream process that is killed is back, and streams resume whole', async () => {
	const before = await newest();
	const streams = await openStreams();
	await notify();
	await assertWhole(streams, before);
	process.kill(await site.pid('pgbell-stream'), 'SIGKILL');
	process.kill(await site.pid('pgbell-stream-2'), 'SIGKILL');
	await Promise.all(streams.map((stream) => stream.ended));
	await notify();
	for (const stream of await openStreams(6, { lastEventId: before + 1 })) {
		assert.equal((await stream.next('new_notification')).id, String(before + 2));
		stream.close();
	}
});
