// People see and change only what is theirs, whatever they guess, keep or
// forge; and the programs' own roles could not even if the programs wanted.

import assert from 'node:assert';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { readMetrics, untilMetrics } from '../lib/metrics.mjs';
import { makeBody, operations } from '../lib/openapi.mjs';
import { startSite } from '../lib/site.mjs';
import { PATIENCE_MS, waitFor } from '../lib/wait.mjs';

const PRIVATE = operations.filter(({ isPrivate }) => isPrivate);

let site, alice, bob, mallory;
let world; // what Alice and Bob have: ids by the part of the path before them
const fill = (path) => path.replace(/^(.*)\{id\}/, (_, front) => front + world[front]);

before(async () => {
	site = await startSite({ env: { PGBELL_MAX_STREAMS_PER_USER: '100' } });
	[alice, bob, mallory] = await Promise.all(['alice of the test', 'bob of the test', 'mallory'].map((name) => site.signUp(name)));
	const post = async (path, { token }, body) => {
		const answer = await site.api('POST', path, { token, body });
		assert.equal(answer.status, 201, JSON.stringify(answer.body));
		return answer.body.id;
	};
	const question = await post('/api/questions', alice, { title: 'Mine?', body: 'Mine.' });
	const answer = await post(`/api/questions/${question}/answers`, bob, { body: 'Yours.' });
	const comment = await post(`/api/answers/${answer}/comments`, alice, { body: 'Thanks.' });
	const { body } = await site.api('GET', '/api/notifications', { token: alice.token });
	world = { '/api/questions/': question, '/api/answers/': answer, '/api/comments/': comment, '/api/notifications/': body.notifications[0].id };
});
after(() => site.stop());

// Everything that could have been changed, as text; sessions and tickets of Mallory's own left out.
async function dump() {
	const rows = await site.sql(`
		select 'inbox' as of, to_jsonb(t) as row from pgbell.inbox t
		union all select 'notification', to_jsonb(t) from pgbell.notification t
		union all select 'event', to_jsonb(t) from pgbell.event t
		union all select 'session', to_jsonb(t) from pgbell.session t where user_id <> $1
		union all select 'ticket', to_jsonb(t) from pgbell.ticket t where user_id <> $1
		union all select 'operator', to_jsonb(t) from pgbell.operator t
		union all select 'account', to_jsonb(t) from qa.account t
		union all select 'question', to_jsonb(t) from qa.question t
		union all select 'answer', to_jsonb(t) from qa.answer t
		union all select 'comment', to_jsonb(t) from qa.comment t
		order by 1, 2`, [String(mallory.id)]);
	return rows.map((row) => JSON.stringify(row));
}

const secretsOf = (token) => createHash('sha256').update(token).digest('hex');

// --- what is somebody else's ------------------------------------------------------------

test('every route that changes somebody else\'s thing refuses, and changes nothing', async () => {
	const earlier = await dump();
	const onThings = PRIVATE.filter(({ path, method }) => path.includes('{id}') && !(method === 'POST' && /answers$|comments$/.test(path)));
	assert.ok(onThings.length >= 7);
	const bodies = { 'PUT /api/notifications/{id}/snooze': { until: '9999-01-01T00:00:00Z' } };
	for (const { method, path } of onThings) {
		const { status, body } = await site.api(method, fill(path), { token: mallory.token, body: bodies[`${method} ${path}`] });
		assert.equal(status, path.startsWith('/api/notifications/') ? 404 : 403, `${method} ${path}`);
		assert.equal(body.status, status);
	}
	assert.deepEqual(await dump(), earlier);
});

test('a notification\'s number can be guessed, and is of no use', async () => {
	const earlier = await dump();
	for (let id = 1; id <= 40; id++)
		for (const [method, rest] of [['PUT', '/read'], ['DELETE', '/read'], ['DELETE', '']])
			assert.equal((await site.api(method, `/api/notifications/${id}${rest}`, { token: mallory.token })).status, 404);
	const all = await site.api('PUT', '/api/notifications/read-all', { token: mallory.token });
	assert.deepEqual(all.body, { user_id: String(mallory.id), unread_count: 0, seq: 0, marked: 0 });
	assert.deepEqual(await dump(), earlier);
});

test('what is listed is one\'s own, wherever one looks from', async () => {
	for (const query of ['', '?before=999999', `?before=${world['/api/notifications/'] + 1}`, '?unread=true', '?limit=100'])
		assert.deepEqual((await site.api('GET', `/api/notifications${query}`, { token: mallory.token })).body,
			{ user_id: String(mallory.id), notifications: [], unread_count: 0, seq: 0, next: null });
	assert.deepEqual((await site.api('GET', '/api/notifications/unread-count', { token: mallory.token })).body,
		{ user_id: String(mallory.id), unread_count: 0, seq: 0 });
	for (const after of [0, 1])
		assert.deepEqual((await site.api('GET', `/api/notifications/events?after=${after}`, { token: mallory.token })).body.events, []);
	assert.equal((await site.api('GET', '/api/session', { token: mallory.token })).body.user.id, mallory.id);
	assert.equal((await site.api('GET', '/api/notifications/stream/stats', { token: mallory.token })).status, 403);
});

test('somebody else\'s number opens one\'s own stream, which says so', async () => {
	const { seq } = (await site.api('GET', '/api/notifications/unread-count', { token: alice.token })).body;
	assert.ok(seq > 0);
	const streams = await Promise.all([{ lastEventId: seq }, { lastEventId: seq - 1 }, { query: { last_event_id: seq } }, {}]
		.map((options) => site.stream(mallory.token, options)));
	await site.sql(`select pgbell.notify($1, 'for alice'), pgbell.notify($2, 'for mallory')`, [String(alice.id), String(mallory.id)]);
	for (const stream of streams) {
		const { data } = await stream.next('new_notification');
		assert.equal(data.kind, 'for mallory');
		assert.equal(stream.events[0].data.user_id, String(mallory.id));
		assert.ok(!stream.text.includes('for alice') && !stream.text.includes('answer'));
		stream.close();
	}
	assert.equal(streams[0].events[1].event, 'reset');
});

test('whoever signs out ends no stream but their own', async () => {
	const { token } = (await site.api('POST', '/api/session', { body: { username: mallory.username, password: mallory.password } })).body;
	const [theirs, other, another] = await Promise.all([token, mallory.token, alice.token].map((one) => site.stream(one)));
	await Promise.all([theirs, other, another].map((stream) => stream.next('unread_count')));
	assert.equal((await site.api('DELETE', '/api/session', { token })).status, 204);
	await theirs.next('session_ended');
	await site.sql(`select pgbell.notify($1, 'test'), pgbell.notify($2, 'test')`, [String(alice.id), String(mallory.id)]);
	for (const stream of [other, another]) {
		await stream.next('new_notification');
		assert.ok(!stream.events.some(({ event }) => event === 'session_ended'));
		stream.close();
	}
});

// --- tokens --------------------------------------------------------------------------------

// What is no token of anybody's, and what was one.
async function findDeadTokens() {
	const sessions = await Promise.all(Array.from({ length: 4 }, () =>
		site.api('POST', '/api/session', { body: { username: alice.username, password: alice.password } })));
	const [expired, signedOut, revoked, deleted] = sessions.map(({ body }) => body.token);
	await site.sql(`update pgbell.session set expires_at = now() - interval '1 second' where token_hash = sha256($1::bytea)`, [expired]);
	await site.api('DELETE', '/api/session', { token: signedOut });
	await site.sql(`update pgbell.session set ended_at = now(), end_reason = 'revoked' where token_hash = sha256($1::bytea)`, [revoked]);
	await site.sql('delete from pgbell.session where token_hash = sha256($1::bytea)', [deleted]);
	const [{ id }] = await site.sql('select id from pgbell.session where token_hash = sha256($1::bytea)', [alice.token]);
	const swapped = alice.token.replace(/[a-z]/i, (letter) => letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase());
	return { expired, signedOut, revoked, deleted, id, hash: secretsOf(alice.token), prefix: alice.token.slice(0, -1), longer: `${alice.token}A`,
		padded: `${alice.token}=`, swapped, user: String(alice.id), name: 'alice', null: 'null' };
}

test('a token that is over, or never was one, opens nothing anywhere', async () => {
	const earlier = await dump();
	for (const [what, token] of Object.entries(await findDeadTokens())) {
		const cookie = `pgbell_session=${token}`;
		for (const { method, path, schema } of PRIVATE) {
			const target = fill(path);
			const body = schema && makeBody(schema);
			const answers = await Promise.all([{ token, body }, { cookie, body, headers: { 'sec-fetch-site': 'same-origin' } }]
				.map((shown) => site.api(method, target, shown)));
			// To end what has ended is no error, and does nothing.
			const status = method === 'DELETE' && path === '/api/session' ? 204 : 401;
			assert.deepEqual(answers.map((answer) => answer.status), [status, status], `${what}: ${method} ${target}`);
		}
		for (const [shown, options] of [[token], [, { query: { token } }], [, { query: { ticket: token } }], [, { headers: { cookie } }]]) {
			const stream = await site.stream(shown, options);
			await stream.ended;
			assert.equal(stream.status, 401, what);
		}
	}
	const changed = (await dump()).filter((row) => !earlier.includes(row));
	assert.ok(changed.every((row) => row.includes('"of":"session"')), 'only the sessions that the test itself ended');
});

// --- tickets --------------------------------------------------------------------------------

const makeTicket = async ({ token }) => (await site.api('POST', '/api/session/ticket', { token })).body.ticket;

async function openWith(ticket) {
	const stream = await site.stream(undefined, { query: { ticket } });
	if (stream.status === 200)
		await stream.next('connected');
	stream.close();
	return stream.status;
}

test('a ticket opens one stream, however many ask at once', async () => {
	const ticket = await makeTicket(alice);
	const statuses = await Promise.all(Array.from({ length: 20 }, () => openWith(ticket)));
	assert.deepEqual(statuses.sort(), [200, ...Array(19).fill(401)]);
	assert.equal(await openWith(ticket), 401);
});

test('a ticket is a minute\'s, its session\'s, and the stream\'s alone', async () => {
	const expired = await makeTicket(alice);
	const [{ seconds }] = await site.sql(
		'select extract(epoch from expires_at - now())::int as seconds from pgbell.ticket where token_hash = sha256($1::bytea)', [expired]);
	assert.ok(seconds > 50 && seconds <= 60);
	await site.sql('update pgbell.ticket set expires_at = now() where token_hash = sha256($1::bytea)', [expired]);
	assert.equal(await openWith(expired), 401);

	for (const end of ['delete from pgbell.session where', `update pgbell.session set expires_at = now() where`,
		`update pgbell.session set ended_at = now(), end_reason = 'revoked' where`]) {
		const { token } = (await site.api('POST', '/api/session', { body: { username: alice.username, password: alice.password } })).body;
		const ticket = await makeTicket({ token });
		await site.sql(`${end} token_hash = sha256($1::bytea)`, [token]);
		assert.equal(await openWith(ticket), 401, end);
	}

	const ticket = await makeTicket(alice);
	assert.equal(await openWith(`${ticket}A`), 401);
	assert.equal(await openWith(secretsOf(ticket)), 401);
	assert.equal(await openWith(ticket.slice(0, -1)), 401);
	assert.equal(await openWith("' or true --"), 401);
	for (const { method, path } of PRIVATE.filter((one) => one.method === 'GET'))
		assert.equal((await site.api(method, fill(path), { token: ticket })).status, 401, path);
	const asToken = await site.stream(ticket);
	assert.equal(asToken.status, 401);
	assert.equal((await site.api('GET', `/api/notifications/stream/stats?ticket=${ticket}`)).status, 401);
	assert.equal(await openWith(ticket), 200, 'none of that has spent it');
});

test('a stream that a ticket opened ends with the session that made it', async () => {
	const { token } = (await site.api('POST', '/api/session', { body: { username: alice.username, password: alice.password } })).body;
	const stream = await site.stream(undefined, { query: { ticket: await makeTicket({ token }) } });
	assert.equal((await stream.next('connected')).data.user_id, String(alice.id));
	assert.equal((await site.api('DELETE', '/api/session', { token })).status, 204);
	assert.deepEqual((await stream.next('session_ended')).data, { reason: 'signed_out' });
	await stream.ended;
});

test('a ticket of before its session was prolonged shortens no stream of it', async () => {
	const { token } = (await site.api('POST', '/api/session', { body: { username: alice.username, password: alice.password } })).body;
	const session = `token_hash = sha256($1::bytea)`;
	await site.sql(`update pgbell.session set expires_at = now() + interval '2 seconds' where ${session}`, [token]);
	const ticket = await makeTicket({ token });
	const [{ ends }] = await site.sql('select extract(epoch from session_expires_at) * 1000 as ends from pgbell.ticket where token_hash = sha256($1::bytea)', [ticket]);
	await site.sql(`update pgbell.session set expires_at = now() + interval '30 days' where ${session}`, [token]);
	const streams = [await site.stream(token), await site.stream(undefined, { query: { ticket } })];
	await Promise.all(streams.map((stream) => stream.next('connected')));
	await waitFor('the end that was', () => Date.now() > Number(ends) + 500);
	await site.sql(`select pgbell.notify($1, 'test')`, [String(alice.id)]);
	for (const stream of streams) {
		assert.equal((await stream.next('new_notification')).data.kind, 'test');
		assert.ok(!stream.events.some(({ event }) => event.startsWith('session_')));
		stream.close();
	}
});

test('tickets that two stream processes are shown in opposite order make neither wait', async () => {
	const tickets = [await makeTicket(alice), await makeTicket(alice)];
	const clients = await Promise.all([0, 1].map(() => site.connect({ user: 'pgbell_stream' })));
	const open = async (client, ticket) => {
		const { rows } = await client.query('select user_id from pgbell.open_streams(array[null], array[$1], array[null::bigint])', [ticket]);
		return rows[0].user_id;
	};
	for (const client of clients)
		await client.query(`begin; set local lock_timeout = '${PATIENCE_MS}'`);
	const spent = await Promise.all(clients.map((client, i) => open(client, tickets[i])));
	assert.deepEqual(spent, [String(alice.id), String(alice.id)]);
	assert.deepEqual(await Promise.all(clients.map((client, i) => open(client, tickets[1 - i]))), [null, null]);
	for (const client of clients) {
		await client.query('commit');
		await client.end();
	}
});

test('so many tickets of a session wait to be used, and one more is refused with the time to wait', async () => {
	const { token } = (await site.api('POST', '/api/session', { body: { username: bob.username, password: bob.password } })).body;
	for (let i = 0; i < 64; i++)
		assert.equal((await site.api('POST', '/api/session/ticket', { token })).status, 201);
	const { status, headers, body } = await site.api('POST', '/api/session/ticket', { token });
	assert.equal(status, 429);
	assert.ok(Number(headers['retry-after']) >= 1 && Number(headers['retry-after']) <= 60);
	assert.match(body.detail, /tickets/);
	assert.equal((await site.api('POST', '/api/session/ticket', { token: bob.token })).status, 201, 'another session has its own');
});

// --- roles of the database -------------------------------------------------------------------

const RIGHTS_MISSING = '42501';
const ON_TABLE = [
	'select from %', 'select * from %', 'select count(*) from %', 'insert into % default values', 'delete from %',
	'truncate % cascade', 'lock table % in access share mode', 'copy % to stdout', 'create index on % ((1))',
	'alter table % add column x int', 'drop table % cascade',
];
const ON_VIEW = ['select from %', 'select * from %', 'copy (select * from %) to stdout', 'drop view % cascade'];
const ON_SEQUENCE = ['select * from %', `select nextval('%')`, `select setval('%', 1)`];
const AT_ALL = [
	'create table pgbell.x ()', 'create table public.x ()', 'create schema x', 'select rolpassword from pg_authid',
	`copy (select 1) to '/tmp/x'`, `select pg_read_file('/etc/passwd')`, 'alter role pgbell_api superuser',
	'set role pgbell_owner', `select pgbell.notify('1', 'x')`, `select pgbell.create_session('1')`,
	`select pgbell.revoke_sessions('1')`, 'select pgbell.number_pending()',
];

async function attempt(client, statement) {
	await client.query('begin');
	const code = await client.query(statement).then(() => 'allowed', (error) => error.code);
	await client.query('rollback');
	return code;
}

test('the roles of the programs, and a stranger, can read and write no table', async () => {
	await site.superuser('create role pgbell_test_stranger login');
	await site.superuser('revoke create on schema public from public'); // which is open to everybody up to 14
	const relations = await site.superuser(`select c.oid::regclass::text as name, c.relkind as kind from pg_class c
		join pg_namespace n on n.oid = c.relnamespace
		where n.nspname !~ '^(pg_|information_schema$)' and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') order by 1`);
	assert.ok(relations.filter(({ kind }) => kind === 'r').length >= 10);
	for (const user of ['pgbell_api', 'pgbell_stream', 'pgbell_test_stranger']) {
		const client = await site.connect({ user });
		for (const { name, kind } of relations) {
			for (const statement of kind === 'S' ? ON_SEQUENCE : kind === 'v' ? ON_VIEW : ON_TABLE)
				assert.equal(await attempt(client, statement.replace('%', name)), RIGHTS_MISSING, `${user}: ${statement} ${name}`);
		}
		for (const statement of AT_ALL)
			assert.equal(await attempt(client, statement), RIGHTS_MISSING, `${user}: ${statement}`);
	}
});

test('a doorbell that is forged says nothing to anybody', async () => {
	const stream = await site.stream(alice.token);
	await stream.next('unread_count');
	const stranger = await site.connect({ user: 'pgbell_test_stranger' });
	const earlier = await readMetrics(site);
	const rings = [
		String(alice.id), `${alice.id} ${bob.id}`, `${'9'.repeat(20)} `.repeat(300), 'x'.repeat(7999), '', ' ', '  ',
		' canary', ' canary 1 0000000000000000', '\n', '\x01', `${alice.id}\nid: 9`, "'; drop table pgbell.event; --",
		'{}', 'ü'.repeat(3000), String(alice.id).padEnd(7000, ' x'),
	];
	for (const payload of rings)
		await stranger.query('select pg_notify($1, $2)', ['pgbell', payload]);
	await untilMetrics(site, (now) => now.get('pgbell_doorbells_total') - earlier.get('pgbell_doorbells_total') > 300);
	await site.sql(`select pgbell.notify($1, 'real')`, [String(alice.id)]);
	assert.equal((await stream.next()).data.kind, 'real', 'and nothing before it');
	const { seq } = (await site.api('GET', '/api/notifications/unread-count', { token: alice.token })).body;
	assert.equal(stream.events.at(-1).id ?? stream.events.at(-2).id, String(seq));
	assert.equal((await site.api('GET', '/api/health')).status, 200);
	stream.close();
	await stranger.end();
	await site.superuser('drop role pgbell_test_stranger');
});

// --- what is wrong with one is nobody else's matter -------------------------------------------

// As a function might fail, an application's own or over bad data: for what somebody did not think of.
const BREAKS = [
	{ what: 'events', function: 'pgbell.events_after(text[],bigint[],integer,integer)', isBad: ({ id }) => `'${id}' = any (addresses)` },
	{ what: 'session', function: 'pgbell.ended_sessions(text[])', isBad: ({ session }) => `'${session}' = any (sessions)` },
];

for (const { what, function: name, isBad } of BREAKS)
	test(`one whose ${what} cannot be read keeps nobody else from their events`, async () => {
		const people = await Promise.all(Array.from({ length: 6 }, () => site.signUp()));
		const streams = await Promise.all(people.map(({ token }) => site.stream(token)));
		await Promise.all(streams.map((stream) => stream.next('connected')));
		const [{ id: session }] = await site.sql('select id from pgbell.session where token_hash = sha256($1::bytea)', [people[0].token]);
		const [{ definition }] = await site.sql(`select pg_get_functiondef('${name}'::regprocedure) as definition`);
		const ring = () => site.sql(`insert into pgbell.notification (user_id, kind) select id, 'test' from unnest($1::text[]) id`, [people.map(({ id }) => String(id))]);
		await site.sql(definition.replace(/\bbegin\b/i, `begin if ${isBad({ id: people[0].id, session })} then perform 'x'::integer; end if;`));
		try {
			for (let seq = 1; seq <= 3; seq++) {
				await ring();
				for (const stream of streams.slice(1))
					assert.equal((await stream.next('new_notification')).id, String(seq));
			}
			assert.ok((await streams[0].next('closing')).data.retry_ms >= 5000);
		} finally {
			await site.sql(definition);
		}
		const again = await site.stream(people[0].token, { lastEventId: 0 });
		for (let seq = 1; seq <= 3; seq++)
			assert.equal((await again.next('new_notification')).id, String(seq));
		[again, ...streams].forEach((stream) => stream.close());
	});
