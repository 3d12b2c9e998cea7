// Each limit, over the real server: at the limit all is well, one past it is
// refused, said clearly and counted.  No open stream is ended to make room,
// and who was refused can come back.

import assert from 'node:assert';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { exhaustDescriptors } from '../lib/descriptors.mjs';
import { requestFastcgi } from '../lib/fastcgi.mjs';
import { readLog } from '../lib/logfmt.mjs';
import { readMetrics, untilMetrics } from '../lib/metrics.mjs';
import { startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const STREAM = '/api/notifications/stream';
const MAX_STREAMS = 8;
const MAX_STREAMS_PER_USER = 3;
const MAX_OPENS = 4;
const HEADER_BYTES = 4096;
const BODY_BYTES = 2048;
const REPLAY_EVENTS = 20;
const STATEMENT_TIMEOUT_MS = 4000; // which nothing takes here, also when the machine stands still for a while
const INTAKE_S = 1;

let site, people;

before(async () => {
	site = await startSite({ env: {
		PGBELL_MAX_STREAMS: String(MAX_STREAMS), PGBELL_MAX_STREAMS_PER_USER: String(MAX_STREAMS_PER_USER),
		PGBELL_MAX_OPENS: String(MAX_OPENS), PGBELL_HEADER_BYTES: String(HEADER_BYTES), PGBELL_BODY_BYTES: String(BODY_BYTES),
		PGBELL_REPLAY_EVENTS: String(REPLAY_EVENTS), PGBELL_STATEMENT_TIMEOUT_MS: String(STATEMENT_TIMEOUT_MS),
		PGBELL_INTAKE_S: String(INTAKE_S), PGBELL_OPEN_WAIT_S: '60', PGBELL_FLOOR_S: '3600',
	} });
	people = await Promise.all(Array.from({ length: 4 }, () => site.signUp()));
});
after(() => site.stop());

const refused = (reason) => `pgbell_streams_refused_total{reason="${reason}"}`;
const notify = (user) => site.sql(`select pgbell.notify($1, 'test')`, [String(user.id)]);

async function open(user, options) {
	const stream = await site.stream(user.token, options);
	assert.equal(stream.status, 200, stream.text);
	await stream.next('unread_count');
	return stream;
}

// A refusal that says what is the matter and when to come back.
async function expectRefused(stream, status, detail) {
	await stream.ended;
	assert.equal(stream.status, status);
	assert.equal(stream.headers['content-type'], 'application/problem+json');
	assert.ok(Number(stream.headers['retry-after']) > 0);
	const problem = JSON.parse(stream.text);
	assert.equal(problem.status, status);
	assert.match(problem.detail, detail);
}

// All of them still get what is theirs, and are let go.
async function expectOpen(streams, users) {
	for (const user of users)
		await notify(user);
	for (const stream of streams)
		await stream.next('new_notification');
	for (const stream of streams)
		stream.close();
	await untilMetrics(site, (now) => now.get('pgbell_streams') === 0);
}

test('PGBELL_MAX_STREAMS_PER_USER', async () => {
	const [alice] = people;
	const streams = [];
	for (let i = 0; i < MAX_STREAMS_PER_USER; i++)
		streams.push(await open(alice));
	const before = await readMetrics(site);
	await expectRefused(await site.stream(alice.token), 429, /too many open streams/);
	const after = await readMetrics(site);
	assert.equal(after.get(refused('user_limit')), before.get(refused('user_limit')) + 1);
	assert.equal(after.get('pgbell_streams'), MAX_STREAMS_PER_USER);
	streams.shift().close();
	await untilMetrics(site, (now) => now.get('pgbell_streams') === MAX_STREAMS_PER_USER - 1);
	streams.push(await open(alice));
	await expectOpen(streams, [alice]);
});

test('PGBELL_MAX_STREAMS', async () => {
	const streams = [];
	for (let i = 0; i < MAX_STREAMS; i++)
		streams.push(await open(people[i % 4]));
	await expectRefused(await site.stream(people[3].token), 503, /as many streams as it can/);
	const now = await readMetrics(site);
	assert.equal(now.get(refused('limit')), 1);
	assert.equal(now.get('pgbell_streams'), MAX_STREAMS);
	streams.shift().close();
	await untilMetrics(site, (later) => later.get('pgbell_streams') === MAX_STREAMS - 1);
	streams.push(await open(people[0]));
	await expectOpen(streams, people);
});

test('PGBELL_MAX_OPENS', async () => {
	const streaming = await open(people[0]);
	const postmaster = await site.pid('postgres');
	const backends = await site.superuser(`select pid from pg_stat_activity where application_name like 'pgbell-stream%'`);
	process.kill(postmaster, 'SIGSTOP');
	const waiting = [];
	try {
		backends.forEach(({ pid }) => process.kill(pid, 'SIGTERM'));
		await untilMetrics(site, (now) => now.get('pgbell_reader_up') === 0);
		for (let i = 0; i < MAX_OPENS; i++)
			waiting.push(site.stream(people[i % 3].token));
		await untilMetrics(site, (now) => now.get('pgbell_opens_waiting') === MAX_OPENS);
		await expectRefused(await site.stream(people[3].token), 503, /being opened/);
		assert.equal((await readMetrics(site)).get(refused('opens')), 1);
	} finally {
		process.kill(postmaster, 'SIGCONT');
	}
	const streams = await Promise.all(waiting);
	for (const stream of streams) {
		assert.equal(stream.status, 200);
		await stream.next('connected');
	}
	await site.waitUntilHealthy();
	streams.push(await open(people[3]), streaming);
	await expectOpen(streams, people);
});

test('PGBELL_HEADER_BYTES', async () => {
	const socket = join(site.state, 'run/stream.sock');
	const variables = { REQUEST_METHOD: 'GET', REQUEST_URI: '/api/health', X: '' };
	// Names and values, each with a length of four bytes.
	const used = Object.entries(variables).reduce((sum, [name, value]) => sum + 8 + name.length + value.length, 0);
	const ask = (bytes) => requestFastcgi(socket, { ...variables, X: 'x'.repeat(bytes - used) });
	assert.equal((await ask(HEADER_BYTES)).status, 200);
	const beyond = await ask(HEADER_BYTES + 1);
	assert.deepEqual([beyond.status, beyond.body.status], [431, 431]);
	assert.match(beyond.body.detail, /header is too long/);
	assert.equal((await readMetrics(site)).get(refused('header')), 1);
	const answer = await site.api('GET', STREAM, { token: people[0].token, cookie: `x=${'x'.repeat(HEADER_BYTES)}` });
	assert.equal(answer.status, 431);
});

test('PGBELL_BODY_BYTES', async () => {
	const body = JSON.stringify({ title: 'large', body: 'b' }), { token } = people[0];
	assert.equal((await site.api('POST', '/api/questions', { token, body: body.padEnd(BODY_BYTES) })).status, 201);
	const beyond = await site.api('POST', '/api/questions', { token, body: body.padEnd(BODY_BYTES + 1) });
	assert.deepEqual([beyond.status, beyond.body.status], [413, 413]);
});

test('PGBELL_REPLAY_EVENTS', async () => {
	const user = await site.signUp();
	for (let i = 0; i <= REPLAY_EVENTS; i++)
		await notify(user);
	const within = await site.stream(user.token, { lastEventId: 1 });
	for (let i = 2; i <= REPLAY_EVENTS + 1; i++)
		assert.equal((await within.next('new_notification')).id, String(i));
	assert.equal((await within.next()).event, 'unread_count');
	const beyond = await site.stream(user.token, { lastEventId: 0 });
	await beyond.next('connected');
	const reset = await beyond.next();
	assert.deepEqual([reset.event, reset.id], ['reset', String(REPLAY_EVENTS + 1)]);
	assert.deepEqual(reset.data, { reason: 'too_far', seq: REPLAY_EVENTS + 1, unread_count: REPLAY_EVENTS + 1 });
	assert.equal((await readMetrics(site)).get('pgbell_resets_too_far_total'), 1);
	await expectOpen([within, beyond], [user]);
});

// Lock tables in a transaction of our own; gives what lets them go.
async function hold(t, tables) {
	const lock = await site.connect();
	t.after(() => lock.end());
	await lock.query(`begin; lock table ${tables} in access exclusive mode`);
	return () => lock.query('rollback');
}

test('PGBELL_STATEMENT_TIMEOUT_MS', async () => {
	const [, bob] = people;
	const [{ definition }] = await site.sql("select pg_get_functiondef('qa.list_questions(text,integer,bigint)'::regprocedure) as definition");
	await site.sql(definition.replace(/\bbegin\b/i, 'begin perform pg_sleep(600);'));
	const began = Date.now();
	const late = await site.api('GET', '/api/questions', { token: bob.token });
	await site.sql(definition);
	assert.deepEqual([late.status, late.body.status], [503, 503]);
	assert.ok(Number(late.headers['retry-after']) > 0);
	assert.ok(Date.now() - began >= STATEMENT_TIMEOUT_MS);
	const failed = (await readLog(site, 'pgbell-api')).findLast(({ event }) => event === 'call_failed');
	assert.equal(failed.sqlstate, '57014');
	assert.equal((await site.api('GET', '/api/questions', { token: bob.token })).status, 200);
});

test('a stream whose opening meets a lock is let in when that is gone', async (t) => {
	const [alice, bob] = people;
	const stream = await open(alice);
	const before = await readMetrics(site);
	const release = await hold(t, 'pgbell.event');
	const opening = site.stream(bob.token, { lastEventId: 0 }); // its replay reads the table that is locked
	await untilMetrics(site, (now) => now.get('pgbell_reads_failed_total') > before.get('pgbell_reads_failed_total'));
	await release();
	const opened = await opening;
	assert.equal(opened.status, 200);
	await opened.next('connected');
	await expectOpen([stream, opened], [alice, bob]);
});

test('a person whose rows are locked holds up nobody for longer than a statement', async (t) => {
	const [alice, bob] = people;
	const streams = [await open(alice), await open(bob)];
	const release = await hold(t, 'pgbell.event');
	const inserting = await site.connect();
	const inserted = inserting.query(`select pgbell.notify($1, 'test'), pgbell.notify($2, 'test')`, [String(alice.id), String(bob.id)]);
	const before = await readMetrics(site);
	await site.connect({ user: 'pgbell_stream' }).then((bell) => bell.query(`select pg_notify('pgbell', $1)`, [String(alice.id)]));
	await untilMetrics(site, (now) => now.get('pgbell_reads_failed_total') > before.get('pgbell_reads_failed_total'));
	await release();
	await inserted;
	for (const stream of streams)
		await stream.next('new_notification');
	await expectOpen(streams, [alice, bob]);
});

test('when descriptors run out who is there stays, and who comes waits', async () => {
	const pid = await site.pid('pgbell-stream');
	const told = async () => (await readLog(site, 'pgbell-stream')).filter(({ event }) => event === 'accept_failed');
	const streams = [await open(people[0]), await open(people[1])];
	const release = await exhaustDescriptors(pid);
	const waiting = [site.stream(people[2].token), site.stream(people[3].token)];
	await waitFor('a word in the log', async () => (await told()).length > 0);
	for (const [i, stream] of streams.entries()) {
		await notify(people[i]);
		await stream.next('new_notification');
	}
	streams.shift().close(); // what it frees is taken by the next
	await Promise.race(waiting);
	streams.shift().close();
	for (const stream of await Promise.all(waiting)) {
		assert.equal(stream.status, 200);
		await stream.next('connected');
		streams.push(stream);
	}
	const log = await told();
	assert.match(log[0].error, /Too many open files/);
	assert.equal(log.length, 1, 'it is not told again and again');
	await release();
	assert.ok((await readMetrics(site)).get('pgbell_accept_pauses_total') > 0);
	await expectOpen(streams, [people[2], people[3]]);
});
