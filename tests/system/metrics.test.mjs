// The metrics: a format that every scraper reads, counters that move with what
// they count, and a door that is closed to everybody else.

import assert from 'node:assert';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { readLog } from '../lib/logfmt.mjs';
import { parseMetrics, readMetrics, untilMetrics } from '../lib/metrics.mjs';
import { startSite } from '../lib/site.mjs';

let site, alice;

before(async () => {
	site = await startSite({ env: {
		PGBELL_HEARTBEAT_S: '2', PGBELL_OPEN_WAIT_S: '4', PGBELL_MAX_STREAMS_PER_USER: '3', PGBELL_DRAIN_S: '0',
	} });
	alice = await site.signUp();
});
after(() => site.stop());
beforeEach(() => untilMetrics(site, (now) => now.get('pgbell_streams') === 0)); // those of the test before are gone

const notify = (user, kind = 'test') => site.sql('select pgbell.notify($1, $2)', [String(user.id), kind]);

async function open(user, options) {
	const stream = await site.stream(user.token, options);
	assert.equal(stream.status, 200);
	await stream.next('unread_count');
	return stream;
}

// Do something, and wait until these have moved by so much; gives the samples before and after.
async function expectMoves(moves, act) {
	const earlier = await readMetrics(site);
	await act();
	const names = Object.keys(moves);
	for (const name of names)
		assert.ok(earlier.has(name), `there is ${name}`);
	const hasMoved = (name, by) => moves[name] < 0 ? by <= moves[name] : by >= moves[name];
	const later = await untilMetrics(site, (now) => names.every((name) => hasMoved(name, now.get(name) - earlier.get(name))));
	assert.deepEqual(Object.fromEntries(names.map((name) => [name, later.get(name) - earlier.get(name)])), moves);
	return { earlier, later };
}

test('every metric has help, a type, a standard name and samples that add up', async () => {
	const { body, headers } = await site.api('GET', '/metrics');
	assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
	const { families } = parseMetrics(body);
	assert.ok(families.size > 20);
	for (const { name, type, help, samples } of families.values()) {
		assert.match(name, /^pgbell_[a-z_]+$/);
		assert.match(help, /^[A-Z1].*\.$/);
		assert.equal(name.endsWith('_total'), type === 'counter', `${name} is a ${type}`);
		assert.ok(samples.length > 0, `${name} has a sample`);
		assert.ok(samples.every(({ value }) => value >= 0));
		if (type !== 'histogram') {
			assert.ok(samples.every((sample) => sample.name === name));
			continue;
		}
		assert.match(name, /_(seconds|users|bytes)$/);
		const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
		const bounds = buckets.map(({ label }) => Number(/^{le="(.*)"}$/.exec(label)[1].replace('+Inf', 'Infinity')));
		assert.deepEqual(bounds, [...bounds].sort((a, b) => a - b));
		assert.equal(bounds.at(-1), Infinity);
		assert.ok(buckets.every(({ value }, i) => i === 0 || value >= buckets[i - 1].value));
		assert.deepEqual(samples.slice(buckets.length).map((sample) => sample.name), [`${name}_sum`, `${name}_count`]);
		assert.equal(samples.at(-1).value, buckets.at(-1).value);
	}
});

test('what is told of now is what there is', async () => {
	const bob = await site.signUp();
	const streams = [];
	await expectMoves({ pgbell_streams: 3, pgbell_users: 2, pgbell_sessions: 2, pgbell_streams_opened_total: 3 }, async () => {
		streams.push(await open(alice), await open(alice), await open(bob));
	});
	await expectMoves({ 'pgbell_streams_closed_total{reason="client_left"}': 3 }, () => streams.forEach((stream) => stream.close()));
	const now = await readMetrics(site);
	for (const name of ['pgbell_streams', 'pgbell_users', 'pgbell_sessions', 'pgbell_opens_waiting', 'pgbell_backlog_bytes'])
		assert.equal(now.get(name), 0, name);
	assert.equal(now.get('pgbell_reader_up'), 1);
	assert.equal(now.get('pgbell_listener_up'), 1);
});

test('events, bells, reads and the time they took are counted', async () => {
	const bob = await site.signUp();
	const streams = [await open(alice), await open(alice)];
	const began = Date.now();
	const { earlier, later } = await expectMoves({
		pgbell_events_delivered_total: 6, pgbell_doorbells_total: 4, pgbell_doorbells_idle_total: 1,
	}, async () => {
		for (let i = 0; i < 3; i++) {
			await notify(alice);
			await Promise.all(streams.map((stream) => stream.next('new_notification')));
		}
		await notify(bob);
	});
	const passed = (Date.now() - began) / 1000, moved = (name) => later.get(name) - earlier.get(name);
	assert.ok(moved('pgbell_reads_total') >= 3);
	assert.equal(moved('pgbell_read_users_count'), moved('pgbell_reads_total'));
	assert.ok(moved('pgbell_read_users_sum') >= 3);
	assert.ok(moved('pgbell_delivery_seconds_count') >= 3);
	assert.ok(moved('pgbell_delivery_seconds_sum') > 0 && moved('pgbell_delivery_seconds_sum') < passed * moved('pgbell_delivery_seconds_count'));
	assert.ok(moved('pgbell_sent_bytes_total') > 6 * 100 && moved('pgbell_sent_bytes_total') < 6 * 1000);
	assert.equal(moved('pgbell_reads_failed_total'), 0);
	streams.forEach((stream) => stream.close());
});

test('what is told again after days is no late delivery', async () => {
	const carol = await site.signUp();
	for (let i = 0; i < 3; i++)
		await notify(carol);
	await site.sql(`update pgbell.event set created_at = now() - interval '2 days' where address = $1`, [String(carol.id)]);
	const earlier = await readMetrics(site);
	const stream = await site.stream(carol.token, { lastEventId: 0 });
	for (let i = 0; i < 3; i++)
		await stream.next('new_notification');
	await notify(carol);
	await stream.next('new_notification');
	const later = await untilMetrics(site, (now) => now.get('pgbell_events_delivered_total') === earlier.get('pgbell_events_delivered_total') + 4);
	const moved = (name) => later.get(name) - earlier.get(name);
	assert.equal(moved('pgbell_delivery_seconds_count'), 1);
	assert.ok(moved('pgbell_delivery_seconds_sum') < 60);
	stream.close();
});

test('heartbeats and resets are counted', async () => {
	const streams = [];
	await expectMoves({ pgbell_resets_total: 1, pgbell_resets_too_far_total: 0 }, async () =>
		streams.push(await open(alice, { lastEventId: 999 })));
	const earlier = await readMetrics(site);
	await streams[0].next('heartbeat');
	await untilMetrics(site, (now) => now.get('pgbell_heartbeats_total') > earlier.get('pgbell_heartbeats_total'));
	streams[0].close();
});

test('a refusal is counted by its reason', async () => {
	const refused = (reason) => `pgbell_streams_refused_total{reason="${reason}"}`;
	await expectMoves({ [refused('request')]: 3, [refused('identity')]: 3, [refused('limit')]: 0 }, async () => {
		await site.api('POST', '/api/notifications/stream', { token: alice.token });
		await site.api('POST', '/api/notifications/stream/stats', { token: alice.token });
		await site.api('GET', '/api/notifications/stream?token=a&ticket=b');
		await site.api('GET', '/api/notifications/stream');
		await site.api('GET', '/api/notifications/stream', { token: 'x'.repeat(43) });
		await site.api('GET', '/api/notifications/stream/stats', { token: alice.token });
	});
	const streams = [];
	await expectMoves({ [refused('user_limit')]: 1, pgbell_streams: 3 }, async () => {
		for (let i = 0; i < 4; i++)
			streams.push(await site.stream(alice.token));
		assert.deepEqual(streams.map(({ status }) => status), [200, 200, 200, 429]);
	});
	await expectMoves({ pgbell_streams: -3 }, () => streams.forEach((stream) => stream.close()));
});

test('a stream that ends is counted by its reason', async () => {
	const gone = await site.signUp();
	const streams = [await open(gone), await open(gone)];
	await expectMoves({ 'pgbell_streams_closed_total{reason="session_ended"}': 2, pgbell_sessions: -1 }, async () => {
		await site.api('DELETE', '/api/session', { token: gone.token });
		await Promise.all(streams.map((stream) => stream.ended));
	});
});

test('a lost connection is counted, and shows until there is another', async () => {
	const streams = [await open(alice)];
	await expectMoves({ pgbell_listener_lost_total: 1, pgbell_reader_lost_total: 1 }, () =>
		site.superuser(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name like 'pgbell-stream%'`));
	await untilMetrics(site, (now) => now.get('pgbell_listener_up') === 1 && now.get('pgbell_reader_up') === 1);
	await notify(alice);
	await streams[0].next('new_notification');
	streams[0].close();
});

test('while the database is away both ends show it, and who came meanwhile is counted', async () => {
	const postmaster = await site.pid('postgres');
	const backends = await site.superuser(`select pid from pg_stat_activity where application_name like 'pgbell-stream%'`);
	process.kill(postmaster, 'SIGSTOP'); // nobody lets them in again
	try {
		backends.forEach(({ pid }) => process.kill(pid, 'SIGTERM'));
		await untilMetrics(site, (now) => now.get('pgbell_listener_up') === 0 && now.get('pgbell_reader_up') === 0);
		assert.equal((await site.api('GET', '/api/health')).status, 503);
		await expectMoves({ 'pgbell_streams_refused_total{reason="unavailable"}': 1 }, async () => {
			const stream = await site.stream(alice.token);
			await stream.ended;
			assert.ok(stream.retryMs > 0);
		});
	} finally {
		process.kill(postmaster, 'SIGCONT');
	}
	await site.waitUntilHealthy();
	await untilMetrics(site, (now) => now.get('pgbell_listener_up') === 1 && now.get('pgbell_reader_up') === 1);
});

test('what waits for a client that does not read is told, and goes with it', async () => {
	const lazy = createConnection(site.port, '127.0.0.1');
	lazy.write(`GET /api/notifications/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.token}\r\n\r\n`);
	await once(lazy, 'data');
	lazy.pause();
	await site.sql(`insert into pgbell.notification (user_id, kind, data)
		select $1, 'big', jsonb_build_object('text', repeat('x', 30000)) from generate_series(1, 600)`, [String(alice.id)]);
	const full = await untilMetrics(site, (now) => now.get('pgbell_backlog_bytes') > 0);
	assert.ok(full.get('pgbell_backlog_bytes') <= 262_144 + 32_768 + 1000, `${full.get('pgbell_backlog_bytes')} bytes`);
	lazy.destroy();
	await untilMetrics(site, (now) => now.get('pgbell_backlog_bytes') === 0 && now.get('pgbell_streams') === 0);
});

test('the log has a line for each stream opened and one for each closed, with why, how long and how much', async () => {
	const drained = await open(alice);
	await notify(alice);
	await drained.next('new_notification');
	const samples = await readMetrics(site);
	const pid = await site.pid('pgbell-stream');
	process.kill(pid, 'SIGTERM');
	await drained.ended;
	assert.ok(drained.retryMs > 0);
	await site.waitUntilHealthy();
	const log = (await readLog(site, 'pgbell-stream')).filter((entry) => entry.pid === pid);
	const opened = log.filter(({ event }) => event === 'stream_opened'), closed = log.filter(({ event }) => event === 'stream_closed');
	assert.equal(opened.length, samples.get('pgbell_streams_opened_total'));
	assert.equal(closed.length, opened.length);
	for (const reason of ['client_left', 'session_ended', 'slow'])
		assert.equal(closed.filter((entry) => entry.reason === reason).length, samples.get(`pgbell_streams_closed_total{reason="${reason}"}`), reason);
	const last = closed.at(-1);
	assert.deepEqual([last.user, last.reason, last.events], [String(alice.id), 'drained', '1']);
	for (const entry of closed)
		for (const number of ['seconds', 'events', 'seq'])
			assert.match(entry[number], /^\d+$/);
	assert.ok(opened.every(({ start }) => ['new', 'resumed', 'unknown', 'trimmed', 'too_far'].includes(start)));
});

test('metrics are for this machine alone, in the configuration as it is shipped', async () => {
	for (const path of ['/metrics', '/metrics?x=1', '//metrics', '/api/../metrics', '/%6detrics'])
		assert.ok([403, 404].includes(await statusFrom('127.0.0.2', path)), path);
	assert.equal(await statusFrom('127.0.0.2', '/metrics'), 403);
	assert.equal(await statusFrom('127.0.0.2', '/api/health'), 200);
	assert.equal(await statusFrom('127.0.0.1', '/metrics'), 200);
});

// As whom nginx sees us.
async function statusFrom(localAddress, path) {
	const socket = createConnection({ host: '127.0.0.1', port: site.port, localAddress });
	socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 127.0.0.1\r\nConnection: close\r\n\r\n`);
	const [bytes] = await once(socket, 'data');
	socket.destroy();
	return Number(bytes.toString().split(' ')[1]);
}
