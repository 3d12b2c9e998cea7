// Streams that follow topics: what comes, for visitors and for people, what may be asked for, and limits.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { readMetrics, untilMetrics } from '../lib/metrics.mjs';
import { startTopicSite } from '../lib/topic-site.mjs';

const MAX_VISITORS = 8;
const MAX_TOPICS = 32;

let site, alice, admin;
let fresh, publish, follow, begin;

before(async () => {
	({ site, fresh, publish, follow, begin } = await startTopicSite({ PGBELL_MAX_VISITORS: String(MAX_VISITORS) }));
	alice = await site.signUp();
	admin = await site.connect();
});
after(() => admin?.end());
after(() => site.stop());

// --- what comes -------------------------------------------------------------------------

test('two visitors hear a publication, without a token and without asking', async () => {
	const topic = fresh();
	const opened = await Promise.all([begin(undefined, [topic]), begin(undefined, [topic])]);
	for (const [, { data, id }] of opened) {
		const { heartbeat_s, retry_ms, ...told } = data;
		assert.deepEqual(told, { user_id: null, seq: 0, unread_count: 0, topics: { [topic]: 0 } });
		assert.equal(id, `;${topic}=0`);
	}
	await publish(topic, { answer: 7, text: 'Å "quoted"\nline' }, 'answer');
	for (const [stream] of opened) {
		const { data, id } = await stream.next();
		const { created_at, ...told } = data;
		assert.deepEqual(told, { topic, seq: 1, kind: 'answer', data: { answer: 7, text: 'Å "quoted"\nline' } });
		assert.ok(Date.parse(created_at) > 0);
		assert.equal(id, `;${topic}=1`);
		assert.match(stream.text, new RegExp(`\nevent: published\ndata: {.*}\nid: ;${topic}=1\n\n`));
		stream.close();
	}
});

test('a person hears her own events and those of her topics, each id with all the numbers', async () => {
	const [first, second] = [fresh(), fresh()];
	await publish(second);
	const [stream, { data, id }] = await begin(alice, [first, second]);
	assert.deepEqual(data.topics, { [first]: 0, [second]: 1 });
	assert.equal(data.user_id, String(alice.id));
	const at = data.seq;
	assert.equal(id, `${at};${first}=0;${second}=1`);
	await stream.next('unread_count');
	await publish(first);
	assert.equal((await stream.next()).id, `${at};${first}=1;${second}=1`);
	await site.sql(`select pgbell.notify($1, 'test')`, [String(alice.id)]);
	const event = await stream.next();
	assert.deepEqual([event.event, event.id], ['new_notification', `${at + 1};${first}=1;${second}=1`]);
	assert.deepEqual((await stream.next()).data, { unread_count: data.unread_count + 1, seq: at + 1 });
	await publish(second);
	assert.equal((await stream.next()).id, `${at + 1};${first}=1;${second}=2`);
	const beat = await stream.next('heartbeat');
	assert.deepEqual([beat.data.seq, beat.data.topics, beat.id], [at + 1, { [first]: 1, [second]: 2 }, undefined]);
	stream.close();
});

test('one transaction that publishes much is told in its order, to all who follow', async () => {
	const [topic, quiet] = [fresh(), fresh()];
	const opened = await Promise.all([begin(undefined, [topic]), begin(undefined, [quiet, topic]), begin(alice, [topic])]);
	const long = 'x'.repeat(20_000); // more than one record holds
	await admin.query('begin');
	await admin.query(`insert into pgbell.publication (topic, kind, data) select $1, 'test', jsonb_build_object('n', n, 'long', case when n % 50 = 0 then $2 end) from generate_series(1, 200) n`, [topic, long]);
	await admin.query('commit');
	for (const [stream, { id }] of opened) {
		for (let n = 1; n <= 200; n++) {
			const event = await stream.next('published');
			assert.deepEqual([event.data.seq, event.data.data.n, event.id], [n, n, id.replace(`${topic}=0`, `${topic}=${n}`)]);
			assert.equal(event.data.data.long, n % 50 === 0 ? long : null);
		}
		stream.close();
	}
});

// --- what is asked for --------------------------------------------------------------------

test('what is no topic, one that is named twice and a thirty-third are refused, with the parameter', async () => {
	const many = Array.from({ length: MAX_TOPICS + 1 }, fresh.bind(null, 'public'));
	for (const names of [['a b'], [''], ['a=x'], ['\x01public:a'], ['a'.repeat(129)], ['public:a', 'public:a=1'], many]) {
		const { status, headers, text, ended } = await follow(alice, names);
		assert.equal(status, 422);
		assert.match(headers['content-type'], /problem\+json/);
		await ended;
		assert.ok(text === '' || JSON.parse(text).errors[0].parameter === 'topic', text);
	}
	const [stream, { data }] = await begin(undefined, many.slice(1));
	assert.equal(Object.keys(data.topics).length, MAX_TOPICS);
	await publish(many[MAX_TOPICS]);
	assert.equal((await stream.next()).data.topic, many[MAX_TOPICS]);
	stream.close();
});

test('the problem of a topic that is none names the parameter', async () => {
	const { status, body } = await site.api('GET', '/api/notifications/stream?topic=a%20b');
	assert.equal(status, 422);
	assert.deepEqual(body.errors.map(({ parameter }) => parameter), ['topic']);
});

test('a stale cookie counts as none where a visitor may follow, a stale token does not', async () => {
	const topic = fresh();
	const stale = { cookie: 'pgbell_session=of-yesterday' };
	const [stream, { data }] = await begin(undefined, [topic], { headers: stale });
	assert.equal(data.user_id, null);
	stream.close();
	for (const [user, options] of [[{ token: 'of-yesterday' }, {}], [undefined, { query: { token: 'of-yesterday' } }], [undefined, { query: { ticket: 'of-yesterday' }, headers: { cookie: `pgbell_session=${alice.token}` } }]])
		assert.equal((await follow(user, [topic], options)).status, 401);
	const [own, connected] = await begin(undefined, [topic], { headers: { cookie: `pgbell_session=${alice.token}` } });
	assert.equal(connected.data.user_id, String(alice.id));
	own.close();
	assert.equal((await site.stream(undefined, { headers: stale })).status, 401);
});

// --- limits and counts ----------------------------------------------------------------------

test('PGBELL_MAX_VISITORS: who is somebody still finds a place', async () => {
	await untilMetrics(site, (now) => now.get('pgbell_visitors') === 0);
	const topic = fresh();
	const opened = [];
	for (let i = 0; i < MAX_VISITORS; i++)
		opened.push((await begin(undefined, [topic]))[0]);
	const refused = await follow(undefined, [topic]);
	assert.equal(refused.status, 503);
	assert.ok(Number(refused.headers['retry-after']) > 0);
	opened.push((await begin(alice, [topic, fresh()]))[0]);
	const metrics = await readMetrics(site);
	assert.equal(metrics.get('pgbell_visitors'), MAX_VISITORS);
	assert.equal(metrics.get('pgbell_topics'), 2);
	assert.equal(metrics.get('pgbell_follows'), MAX_VISITORS + 2);
	assert.ok(metrics.get('pgbell_streams_refused_total{reason="visitors"}') >= 1);
	const before = metrics.get('pgbell_publications_delivered_total');
	await publish(topic);
	await Promise.all(opened.map((stream) => stream.next('published')));
	assert.equal((await readMetrics(site)).get('pgbell_publications_delivered_total'), before + MAX_VISITORS + 1);
	opened.forEach((stream) => stream.close());
	await untilMetrics(site, (now) => now.get('pgbell_visitors') === 0 && now.get('pgbell_topics') === 0 && now.get('pgbell_follows') === 0);
});

test('a topic that nobody follows here costs a look into a table, and no read', async () => {
	const before = await readMetrics(site);
	await publish(fresh());
	const after = await untilMetrics(site, (now) => now.get('pgbell_doorbells_idle_total') > before.get('pgbell_doorbells_idle_total'));
	assert.equal(after.get('pgbell_read_events_total'), before.get('pgbell_read_events_total'));
});
