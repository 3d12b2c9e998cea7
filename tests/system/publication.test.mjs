// What is published to topics: by several transactions at once, rung and found, and read by REST.

import assert from 'node:assert';
import { after, before, beforeEach, test } from 'node:test';
import { sleepIn } from '../lib/berth.mjs';
import { requestRaw } from '../lib/raw.mjs';
import { startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

let site, a, b, ann, bob;

before(async () => {
	site = await startSite();
	a = await site.connect();
	b = await site.connect();
	[ann, bob] = await Promise.all([site.signUp(), site.signUp()]);
});
after(async () => {
	await Promise.all([a, b].map((client) => client.end().catch(() => {})));
	await site.stop();
});
let turn = 0;
let topic; // of this test alone
beforeEach(() => { topic = `public:test/${++turn}`; });

const publish = (client, to, kind) => client.query('select pgbell.publish($1, $2)', [to, kind]);
const isConsistent = async () => assert.deepEqual(await site.sql('select * from pgbell.check_consistency()'), []);

async function readLog(of = topic) {
	const rows = await site.sql('select seq::float8, kind from pgbell.publication where topic = $1 order by seq', [of]);
	assert.deepEqual(rows.map(({ seq }) => seq), rows.map((_, i) => i + 1), 'numbers without a hole');
	return rows.map(({ kind }) => kind);
}

// The words that arrive while `work` runs.
async function collectWords(work) {
	const listener = await site.connect();
	const words = [];
	listener.on('notification', ({ payload }) => words.push(...payload.split(' ')));
	await listener.query('listen pgbell');
	await sleepIn(listener);
	await work();
	await site.sql("select pgbell.ring('{the-end}')");
	await waitFor('our own doorbell', () => words.includes('the-end'));
	await listener.end();
	return words.filter((word) => word.includes(topic));
}

test('a_transaction_that_published_and_stays_open_holds_nobody_up', async () => {
	await a.query('begin');
	await publish(a, topic, 'noted first');
	await publish(b, topic, 'committed first');
	assert.deepEqual(await readLog(), ['committed first']);
	await a.query('commit');
	assert.deepEqual(await readLog(), ['committed first', 'noted first']);
	await isConsistent();
});

test('two_that_publish_and_notify_in_opposite_order_both_commit', async () => {
	for (let round = 0; round < 20; round++) {
		await Promise.all([a.query('begin'), b.query('begin')]);
		await publish(a, topic, 'a');
		await a.query(`select pgbell.notify($1, 'a')`, [String(ann.id)]);
		await publish(a, `${topic}/more`, 'a');
		await publish(b, `${topic}/more`, 'b');
		await b.query(`select pgbell.notify($1, 'b')`, [String(ann.id)]);
		await publish(b, topic, 'b');
		await Promise.all([a.query('commit'), b.query('commit')]);
	}
	assert.equal((await readLog()).length, 40);
	assert.equal((await readLog(`${topic}/more`)).length, 40);
	await isConsistent();
});

test('what_is_rolled_back_is_not_published_and_leaves_no_hole', async () => {
	await a.query('begin');
	await publish(a, topic, 'never');
	await a.query('rollback');
	await assert.rejects(a.query(`insert into pgbell.publication (topic, kind) values ($1, 'never'), ('no topic', 'k')`, [topic]), { code: '23514' });
	await publish(a, topic, 'once');
	assert.deepEqual(await readLog(), ['once']);
	assert.deepEqual(await site.sql('select from pgbell.pending'), []);
});

test('a_topic_is_rung_as_a_person_is_and_its_followers_when_their_rights_are_to_be_asked_again', async () => {
	assert.deepEqual(await collectWords(async () => {
		await publish(a, topic, 'one');
		await a.query('begin');
		await publish(a, topic, 'two');
		await publish(a, `${topic}/more`, 'two');
		await a.query(`select pgbell.notify($1, 'two')`, [String(ann.id)]);
		await a.query('commit');
		await a.query('select pgbell.ring_topics($1)', [[topic, null, topic]]);
	}).then((words) => words.sort()), [`\x01${topic}`, `\x01${topic}`, `\x01${topic}/more`, `\x02${topic}`, `\x02${topic}`]);
	await assert.rejects(a.query(`select pgbell.ring_topics('{"a b"}')`), { code: '23514' });
});

test('a_look_finds_what_was_published', async () => {
	const [{ seen }] = await site.sql('select pgbell.see() as seen');
	await publish(a, topic, 'one');
	await publish(a, topic, 'two');
	const rows = await site.sql('select address, transactions from pgbell.look($1, null, null, 100)', [seen]);
	assert.deepEqual(rows, [{ address: null, transactions: 2 }, { address: `\x01${topic}`, transactions: null }]);
});

test('ten_thousand_publications_of_one_statement_keep_their_order', async () => {
	await a.query(`insert into pgbell.publication (topic, kind) select $1, 'k' || i from generate_series(1, 10000) i order by i`, [topic]);
	assert.deepEqual(await readLog(), Array.from({ length: 10_000 }, (_, i) => `k${i + 1}`));
	await isConsistent();
});

// --- by REST ---------------------------------------------------------------------------------

const get = (of, query = '', account = undefined) => site.api('GET', `/api/topics/${of}/events${query}`, { token: account?.token });

test('a_page_without_a_stream_reads_on_from_its_number_signed_in_or_not', async () => {
	for (const account of [undefined, ann]) {
		assert.deepEqual((await get(topic, '', account)).body, { events: [], seq: account ? 2 : 0, reset: null });
		if (!account)
			await a.query(`insert into pgbell.publication (topic, kind, data) values ($1, 'one', '{"n": 1}'), ($1, 'two', '{}')`, [topic]);
		const { status, body, headers } = await get(topic, '?after=0', account);
		assert.deepEqual([status, headers['cache-control']], [200, 'no-store']);
		assert.deepEqual(body.events.map(({ seq, type, data }) => [seq, type, data.topic, data.seq, data.kind, data.data]),
			[[1, 'published', topic, 1, 'one', { n: 1 }], [2, 'published', topic, 2, 'two', {}]]);
		assert.ok(Math.abs(Date.parse(body.events[0].data.created_at) - Date.now()) < 60_000);
		assert.deepEqual((await get(topic, '?after=1&limit=5', account)).body.events.map(({ seq }) => seq), [2]);
		assert.deepEqual((await get(topic, '?after=0&limit=1', account)).body.events.map(({ seq }) => seq), [1]);
		assert.deepEqual((await get(topic, '?after=9', account)).body, { events: [], seq: 2, reset: 'unknown' });
	}
	assert.deepEqual((await get(encodeURIComponent(topic), '?after=1')).body.seq, 2, 'a slash may be escaped, too');
	await site.sql('delete from pgbell.event where address = $1 and seq = 1', [`\x01${topic}`]);
	assert.deepEqual((await get(topic, '?after=0')).body, { events: [], seq: 2, reset: 'trimmed' });
});

test('what_may_not_be_followed_is_not_read', async () => {
	await publish(a, 'secret/1', 'k');
	const nobody = await get('secret/1');
	assert.deepEqual([nobody.status, nobody.headers['www-authenticate']], [401, 'Bearer realm="pgbell"']);
	assert.match((await site.api('GET', '/api/topics/secret/1/events', { token: 'forged' })).headers['www-authenticate'], /invalid_token/);
	const { status, body } = await get('secret/1', '?after=0', ann);
	assert.deepEqual([status, body.detail], [403, 'You may not follow this topic.']);
	assert.equal((await get(topic, '', { token: 'forged' })).status, 200, 'with a token that is no longer good as without one');
});

test('no_spelling_of_a_path_leads_to_a_topic_that_may_not_be_followed', async () => {
	await site.sql(`select pgbell.publish('secret/2', 'k', '{"text": "for few"}')`);
	for (const path of ['secret/2/events', 'secret%2F2/events', 'secret%2f2/events', '%73ecret/2/events', 'public:/../secret/2/events', 'public:x/../../topics/secret/2/events',
		'public:x/%2e%2e/%2e%2e/secret/2/events', '/secret/2/events', './secret/2/events', 'SECRET/2/events', 'secret//2/events', 'public:secret/2/events', 'public:%20secret/2/events',
		'secret/2;public:x/events', 'secret/2/events?topic=public:x', 'secret/2/events?after=0&user_id=1', '%01secret/2/events', 'public:x/events/../../secret/2/events',
		'secret/2/events#/events', 'public:\\secret/2/events', 'public:%5C..%5Csecret/2/events', 'secret/2/events/events'])
		for (const headers of [[], [['Authorization', `Bearer ${bob.token}`]]]) {
			const { status, text } = await requestRaw(site.port, { target: `/api/topics/${path}${path.includes('?') ? '' : '?after=0'}`, headers });
			assert.ok(status >= 200 && status < 500 && !text.includes('for few'), `${path}: ${status} ${text}`);
		}
	await site.sql(`create or replace function pgbell.may_follow(user_id text, topic text) returns boolean language sql as $$ select topic = 'secret/2' $$`);
	assert.match((await requestRaw(site.port, { target: '/api/topics/secret%2F2/events?after=0' })).text, /for few/, 'which is there for whoever may');
	await site.sql(`create or replace function pgbell.may_follow(user_id text, topic text) returns boolean language sql stable as $$ select starts_with($2, 'public:') $$`);
});

test('a_topic_that_is_none_is_refused_with_a_pointer', async () => {
	for (const none of ['a%20b', 'a;b', 'a=1', '%C3%A9', 'a,b', 'x'.repeat(129)]) {
		const { status, body } = await get(none);
		assert.deepEqual([status, body.errors], [422, [{ pointer: '/topic', detail: 'The topic must be of 1 to 128 letters and digits of ASCII and ._~:/@-.' }]], none);
	}
	assert.equal((await get(`public:${'x'.repeat(121)}`)).status, 200);
	for (const [query, parameter] of [['?after=-1', 'after'], ['?limit=0', 'limit'], ['?limit=101', 'limit'], ['?topic=x', 'topic']]) {
		const { status, body } = await get(topic, query);
		assert.deepEqual([status, body.errors[0].parameter], [422, parameter]);
	}
	assert.equal((await site.api('GET', '/api/topics/events')).status, 404);
	assert.equal((await site.api('POST', `/api/topics/${topic}/events`, { token: ann.token, body: {} })).status, 405);
});

test('an_application_says_who_may_follow_and_an_error_of_its_own_is_a_no', async () => {
	const [{ definition }] = await site.sql(`select pg_get_functiondef('pgbell.may_follow(text,text)'::regprocedure) as definition`);
	try {
		await site.sql(`create or replace function pgbell.may_follow(user_id text, topic text) returns boolean language plpgsql stable as $$
			begin return topic = 'team/' || user_id or (topic = 'broken' and 1 / (length(topic) - 6) = 0); end $$`);
		await publish(a, `team/${ann.id}`, 'ours');
		const mine = await get(`team/${ann.id}`, '?after=0', ann);
		assert.deepEqual([mine.status, mine.body.events.length], [200, 1]);
		assert.equal((await get(`team/${ann.id}`, '?after=0', bob)).status, 403);
		assert.equal((await get(`team/${ann.id}`)).status, 401);
		assert.equal((await get(topic, '', ann)).status, 403, 'what was public');
		assert.equal((await get('broken', '', ann)).status, 403);
		assert.equal((await get('broken')).status, 401);
	} finally {
		await site.sql(definition);
	}
});

test('a_question_says_what_to_follow_and_each_post_is_told_of_to_everybody', async () => {
	const { body: { id } } = await site.api('POST', '/api/questions', { token: ann.token, body: { title: 'Who looks?', body: 'Everybody.' } });
	const { body: page } = await site.api('GET', `/api/questions/${id}`);
	assert.deepEqual([page.topic, page.seq], [`public:question/${id}`, 0]);
	const { body: answer } = await site.api('POST', `/api/questions/${id}/answers`, { token: bob.token, body: { body: 'I do.' } });
	await site.api('POST', `/api/questions/${id}/comments`, { token: bob.token, body: { body: 'And I.' } });
	await site.api('PUT', `/api/answers/${answer.id}/accept`, { token: ann.token });
	const { body: { events, seq } } = await get(page.topic, `?after=${page.seq}`);
	assert.deepEqual(events.map(({ data }) => data.kind), ['answer', 'comment', 'accepted']);
	const { body: shown } = await site.api('GET', `/api/questions/${id}`);
	assert.deepEqual({ ...events[0].data.data, accepted: true, comments: [] }, shown.answers[0], 'what a page needs to draw it');
	assert.deepEqual(shown.comments.map(({ body }) => body), [events[1].data.data.body]);
	assert.equal(shown.seq, seq);
	await isConsistent();
});

test('a_prepared_transaction_publishes_when_it_is_committed', async () => {
	await site.superuser('alter system set max_prepared_transactions = 1');
	process.kill(await site.pid('postgres'), 'SIGINT');
	await waitFor('PostgreSQL with prepared transactions', async () => (await site.superuser('show max_prepared_transactions').catch(() => [{}]))[0].max_prepared_transactions === '1');
	await site.waitUntilHealthy();
	const client = await site.connect();
	const kinds = async () => (await site.sql('select kind from pgbell.publication where topic = $1', [topic])).map(({ kind }) => kind);
	await client.query('begin');
	await client.query(`set local pgbell.bell = 'none'`);
	await publish(client, topic, 'prepared');
	await client.query(`prepare transaction 'published'`);
	assert.deepEqual(await kinds(), []);
	await client.query(`commit prepared 'published'`);
	assert.deepEqual(await kinds(), ['prepared']);
	await isConsistent();
	await client.end();
});
