// The stream on the wire: what opens it, what it carries, what ends it.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const MAX_STREAMS = 12; // of a person

let site, alice, bob;

before(async () => {
	site = await startSite({ env: { PGBELL_HEARTBEAT_S: '1', PGBELL_MAX_STREAMS_PER_USER: String(MAX_STREAMS), PGBELL_EXPIRING_S: '4' } });
	alice = await site.signUp();
	bob = await site.signUp();
});
after(() => site.stop());

const notify = (user, data = {}, kind = 'test') =>
	site.sql('insert into pgbell.notification (user_id, kind, data) values ($1, $2, $3) returning id', [String(user.id), kind, data]);

const logged = (stream) => stream.events.filter((event) => event.id !== undefined && event.event !== 'connected');
const newest = async (user) => (await site.api('GET', '/api/notifications/unread-count', { token: user.token })).body;

// The next count logged events of a stream.
async function take(stream, count) {
	const taken = [];
	while (taken.length < count) {
		const event = await stream.next();
		if (event.id !== undefined && event.event !== 'connected')
			taken.push(event);
	}
	return taken;
}

test('a stream begins with connected, carrying the current number as its id, and the count', async () => {
	const { seq, unread_count } = await newest(alice);
	const stream = await site.stream(alice.token);
	assert.equal(stream.status, 200);
	assert.match(stream.headers['content-type'], /^text\/event-stream/);
	assert.match(stream.headers['cache-control'], /no-store/);
	const connected = await stream.next();
	assert.deepEqual([connected.event, connected.id], ['connected', String(seq)]);
	const { heartbeat_s, retry_ms, ...told } = connected.data;
	assert.deepEqual(told, { user_id: String(alice.id), seq, unread_count });
	assert.equal(heartbeat_s, 1);
	assert.equal(retry_ms, stream.retryMs);
	assert.deepEqual((await stream.next()).data, { unread_count, seq });
	stream.close();
});

test('an insert from outside rings, with the count behind it', async () => {
	const stream = await site.stream(alice.token);
	const { data: before } = await stream.next('connected');
	await stream.next('unread_count');
	const [{ id }] = await notify(alice, { title: 'one "quoted"\nline' }, 'order.shipped');
	const event = await stream.next();
	assert.equal(event.event, 'new_notification');
	assert.equal(event.id, String(before.seq + 1));
	assert.equal(event.data.id, Number(id));
	assert.equal(event.data.kind, 'order.shipped');
	assert.deepEqual(event.data.data, { title: 'one "quoted"\nline' });
	assert.equal(event.data.unread_count, before.unread_count + 1);
	const count = await stream.next();
	assert.deepEqual([count.event, count.id], ['unread_count', undefined]);
	assert.deepEqual(count.data, { unread_count: before.unread_count + 1, seq: before.seq + 1 });
	stream.close();
});

test('marks and deletions reach every tab of the person, and nobody else', async () => {
	const [tab, otherTab, stranger] = await Promise.all([site.stream(alice.token), site.stream(alice.token), site.stream(bob.token)]);
	await Promise.all([tab, otherTab, stranger].map((stream) => stream.next('unread_count')));
	const [{ id: first }] = await notify(alice);
	const [{ id: second }] = await notify(alice);
	const token = alice.token;
	await site.api('PUT', `/api/notifications/${first}/read`, { token });
	await site.api('DELETE', `/api/notifications/${first}/read`, { token });
	await site.api('PUT', '/api/notifications/read-all', { token });
	await site.api('DELETE', `/api/notifications/${second}`, { token });
	const expected = ['new_notification', 'new_notification', 'notification_read', 'notification_unread', 'notification_read', 'notification_deleted'];
	for (const stream of [tab, otherTab]) {
		const events = await take(stream, expected.length);
		assert.deepEqual(events.map((event) => event.event), expected);
		assert.deepEqual(events[2].data.ids, [Number(first)]);
		assert.ok(events[4].data.ids.includes(Number(second)));
		assert.equal(events[4].data.unread_count, 0);
		assert.equal(events[5].data.id, Number(second));
		stream.close();
	}
	await notify(bob);
	const [own] = await take(stranger, 1);
	assert.equal(own.event, 'new_notification');
	assert.equal(logged(stranger).length, 1, 'the first thing that reaches Bob is his own');
	stranger.close();
});

test('fifty changes missed come back in order, then live ones', async () => {
	const stream = await site.stream(alice.token);
	await stream.next('connected');
	await notify(alice);
	const [last] = await take(stream, 1);
	stream.close();
	for (let i = 0; i < 50; i++)
		await notify(alice, { i });
	for (const options of [{ lastEventId: last.id }, { query: { last_event_id: last.id } }]) {
		const again = await site.stream(alice.token, options);
		const connected = await again.next();
		assert.deepEqual([connected.event, connected.id], ['connected', undefined]);
		const missed = await take(again, 50);
		assert.deepEqual(missed.map((event) => Number(event.id)), Array.from({ length: 50 }, (_, i) => Number(last.id) + 1 + i));
		assert.deepEqual(missed.map((event) => event.data.data.i), Array.from({ length: 50 }, (_, i) => i));
		assert.deepEqual((await again.next('unread_count')).data, await newest(alice).then(({ unread_count, seq }) => ({ unread_count, seq })));
		assert.equal(again.events.filter((event) => event.event === 'reset').length, 0);
		again.close();
	}
	const again = await site.stream(alice.token, { lastEventId: last.id });
	await take(again, 50);
	const [{ id }] = await notify(alice);
	const [live] = await take(again, 1);
	assert.equal(live.data.id, Number(id));
	assert.equal(Number(live.id), Number(last.id) + 51);
	again.close();
});

test('a replay longer than any page is whole', async () => {
	const carol = await site.signUp();
	await site.sql(`insert into pgbell.notification (user_id, kind, data)
		select $1, 'bulk', jsonb_build_object('i', i, 'text', repeat('x', 2000)) from generate_series(1, 1000) i order by i`, [String(carol.id)]);
	const stream = await site.stream(carol.token, { lastEventId: 0 });
	const events = await take(stream, 1000);
	assert.deepEqual(events.map((event) => Number(event.id)), Array.from({ length: 1000 }, (_, i) => i + 1));
	assert.equal((await stream.next('unread_count')).data.unread_count, 1000);
	stream.close();
});

test('a number that cannot be gone on from is answered with a reset', async () => {
	const { seq, unread_count } = await newest(alice);
	for (const lastEventId of [seq + 1, 999999999, '99999999999999999999', 'abc', '-3']) {
		const stream = await site.stream(alice.token, { lastEventId });
		const connected = await stream.next();
		assert.deepEqual([connected.event, connected.id], ['connected', undefined]);
		const reset = await stream.next();
		assert.deepEqual([reset.event, reset.id], ['reset', String(seq)]);
		assert.deepEqual(reset.data, { reason: 'unknown', seq, unread_count });
		stream.close();
	}
});

test('a trimmed number is answered with a reset that says so', async () => {
	const dora = await site.signUp();
	for (let i = 0; i < 3; i++)
		await notify(dora);
	await site.sql('delete from pgbell.event where address = $1 and seq <= 2', [String(dora.id)]);
	const trimmed = await site.stream(dora.token, { lastEventId: 1 });
	assert.equal((await trimmed.next('reset')).data.reason, 'trimmed');
	const whole = await site.stream(dora.token, { lastEventId: 2 });
	assert.deepEqual((await take(whole, 1)).map((event) => event.id), ['3']);
	trimmed.close();
	whole.close();
});

test('a number of Alice is of no use to Bob', async () => {
	const { seq } = await newest(alice);
	const stream = await site.stream(bob.token, { lastEventId: seq });
	const reset = await stream.next('reset');
	assert.equal(reset.data.seq, (await newest(bob)).seq);
	assert.equal(stream.events[0].data.user_id, String(bob.id));
	stream.close();
});

test('the token comes in the header, the cookie or the address; a ticket works once', async () => {
	const { body } = await site.api('POST', '/api/session/ticket', { token: alice.token });
	const ways = [
		[alice.token, {}],
		[undefined, { headers: { cookie: `a=b; pgbell_session=${alice.token}` } }],
		[undefined, { query: { token: alice.token } }],
		[undefined, { query: { ticket: body.ticket } }],
	];
	for (const [token, options] of ways) {
		const stream = await site.stream(token, options);
		assert.equal(stream.status, 200);
		assert.equal((await stream.next('connected')).data.user_id, String(alice.id));
		stream.close();
	}
	assert.equal((await site.stream(undefined, { query: { ticket: body.ticket } })).status, 401);
});

test('whoever shows no valid token is refused with a problem document', async () => {
	const refused = [
		[undefined, {}],
		['x'.repeat(43), {}],
		['not a token', {}],
		[undefined, { query: { token: '' } }],
		[undefined, { query: { token: 'x'.repeat(600) } }],
		[undefined, { query: { ticket: alice.token } }],
		[undefined, { headers: { authorization: `Basic ${alice.token}` } }],
		[undefined, { headers: { cookie: `pgbell_session=${alice.token}x` } }],
	];
	for (const [token, options] of refused) {
		const stream = await site.stream(token, options);
		await stream.ended;
		assert.equal(stream.status, 401, JSON.stringify(options));
		assert.match(stream.headers['content-type'], /^application\/problem\+json/);
		assert.match(stream.headers['www-authenticate'], /^Bearer/);
		assert.equal(JSON.parse(stream.text).status, 401);
	}
	assert.equal((await site.api('POST', '/api/notifications/stream', { token: alice.token })).status, 405);
});

test('heartbeats come at their interval and carry the state', async () => {
	const stream = await site.stream(alice.token);
	const { data } = await stream.next('connected');
	for (let i = 0; i < 2; i++) {
		const beat = await stream.next('heartbeat');
		assert.equal(beat.id, undefined);
		assert.equal(beat.data.seq, data.seq);
		assert.equal(beat.data.unread_count, data.unread_count);
		assert.ok(Math.abs(Date.parse(beat.data.time) - Date.now()) < 60_000);
	}
	stream.close();
});

test('signing out ends the streams of that session and no others', async () => {
	const account = { username: alice.username, password: alice.password };
	const { body: other } = await site.api('POST', '/api/session', { body: account });
	const [leaving, staying] = await Promise.all([site.stream(other.token), site.stream(alice.token)]);
	await Promise.all([leaving.next('unread_count'), staying.next('unread_count')]);
	assert.equal((await site.api('DELETE', '/api/session', { token: other.token })).status, 204);
	assert.deepEqual((await leaving.next('session_ended')).data, { reason: 'signed_out' });
	assert.equal(await leaving.ended, 'end');
	await notify(alice);
	await take(staying, 1);
	assert.equal(staying.events.filter((event) => event.event === 'session_ended').length, 0);
	assert.equal((await site.stream(other.token)).status, 401);
	staying.close();
});

test('a session that expires or is revoked ends its streams', async () => {
	const [eve, frank] = await Promise.all([site.signUp(), site.signUp()]);
	await site.sql(`update pgbell.session set expires_at = now() + interval '4 seconds' where user_id = $1`, [String(eve.id)]);
	const expiring = await site.stream(eve.token);
	const revoked = await site.stream(frank.token);
	await revoked.next('unread_count');
	await site.sql('delete from pgbell.session where user_id = $1', [String(frank.id)]);
	assert.deepEqual((await revoked.next('session_ended')).data, { reason: 'revoked' });
	assert.deepEqual((await expiring.next('session_ended')).data, { reason: 'expired' });
	assert.equal(await expiring.ended, 'end');
	assert.equal(await revoked.ended, 'end');
});

test('a session is announced before it ends, and one that is renewed goes on', async () => {
	const [ida, jan] = await Promise.all([site.signUp(), site.signUp()]);
	await site.sql(`update pgbell.session set expires_at = now() + interval '6 seconds' where user_id = any ($1)`, [[String(ida.id), String(jan.id)]]);
	const [ending, renewed] = await Promise.all([site.stream(ida.token), site.stream(jan.token)]);
	const { data } = await ending.next('session_expiring');
	assert.ok(Math.abs(Date.parse(data.expires_at) - Date.now()) < 6000);
	await renewed.next('session_expiring');
	assert.equal((await site.api('POST', '/api/session/renew', { token: jan.token })).status, 200);
	assert.deepEqual((await ending.next('session_ended')).data, { reason: 'expired' });
	await notify(jan);
	await renewed.next('new_notification');
	assert.equal(renewed.isEnded, undefined, 'both would have ended at the same time');
	renewed.close();
});

test('a person has as many streams as allowed and not one more; closing one makes room', async () => {
	const gina = await site.signUp();
	const streams = await Promise.all(Array.from({ length: MAX_STREAMS }, () => site.stream(gina.token)));
	assert.ok(streams.every((stream) => stream.status === 200));
	const refused = await site.stream(gina.token);
	assert.equal(refused.status, 429);
	assert.ok(Number(refused.headers['retry-after']) > 0);
	streams.pop().close();
	const again = await waitFor('room', async () => {
		const stream = await site.stream(gina.token);
		assert.ok([200, 429].includes(stream.status));
		return stream.status === 200 && stream;
	});
	for (const stream of [...streams, again])
		stream.close();
});

test('a client that leaves is cleaned up, as the statistics show', async () => {
	const hugo = await site.signUp();
	await site.sql('insert into pgbell.operator (user_id) values ($1)', [String(hugo.id)]);
	const stats = async () => (await site.api('GET', '/api/notifications/stream/stats', { token: hugo.token })).body;
	const areGone = async () => {
		const now = await stats();
		return now.streams === 0 && now;
	};
	const before = await waitFor('those of the tests before to be gone', areGone);
	const stream = await site.stream(hugo.token);
	await stream.next('connected');
	assert.equal((await stats()).streams, 1);
	stream.close();
	const now = await waitFor('the end of the stream', areGone);
	assert.equal(now.closed.client_left, before.closed.client_left + 1);
	assert.equal((await site.api('GET', '/api/notifications/stream/stats', { token: bob.token })).status, 403);
	assert.equal((await site.api('GET', '/api/notifications/stream/stats')).status, 401);
});

test('health and metrics tell of this process', async () => {
	const health = await site.api('GET', '/api/health');
	assert.deepEqual([health.status, health.body], [200, { status: 'ok', database: 'ok', listener: 'ok' }]);
	const asked = await fetch(`${site.url}/api/health`, { method: 'HEAD' }); // as many monitors do
	assert.deepEqual([asked.status, asked.headers.get('content-type'), await asked.text()], [200, health.headers['content-type'], '']);
	const metrics = await site.api('GET', '/metrics');
	assert.match(metrics.headers['content-type'], /^text\/plain; version=0\.0\.4/);
	assert.match(metrics.body, /^pgbell_listener_up 1$/m);
	assert.match(metrics.body, /^pgbell_events_delivered_total [1-9]\d*$/m);
	assert.match(metrics.body, /^pgbell_delivery_seconds_bucket\{le="\+Inf"\} [1-9]/m);
});
