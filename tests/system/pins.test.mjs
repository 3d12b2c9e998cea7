// A database or a role has settings of its own, meant for other programs: pgbell works under each.
// And what it sets for itself is nowhere left behind.

import assert from 'node:assert';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { requestFastcgi, runCgi, startWorker } from '../lib/fastcgi.mjs';
import { startPooler } from '../lib/pooler.mjs';
import { startSite } from '../lib/site.mjs';

let site;

before(async () => {
	site = await startSite({ apis: 1 });
});
after(() => site.stop());

// [name, value, the release that has it first, the one that has it no more]
const SETTINGS = [
	['default_transaction_read_only', 'on'], ['default_transaction_isolation', 'serializable'], ['default_transaction_deferrable', 'on'],
	['array_nulls', 'off'], ['standard_conforming_strings', 'off'], ['backslash_quote', 'off'], ['transform_null_equals', 'on'],
	['datestyle', 'SQL, DMY'], ['datestyle', 'German'], ['intervalstyle', 'sql_standard'], ['timezone', 'Pacific/Chatham'], ['bytea_output', 'escape'],
	['extra_float_digits', '-15'], ['quote_all_identifiers', 'on'], ['xmloption', 'document'], ['row_security', 'off'], ['exit_on_error', 'on'],
	['client_min_messages', 'debug5'], ['client_encoding', 'LATIN1'], ['search_path', 'qa, pg_temp, pg_catalog'], ['plan_cache_mode', 'force_custom_plan'],
	['statement_timeout', '100'], ['lock_timeout', '1'], ['idle_in_transaction_session_timeout', '1'], ['idle_session_timeout', '300', 140_000],
	['transaction_timeout', '100', 170_000], ['check_function_bodies', 'off'], ['plpgsql.extra_errors', 'all'], ['plpgsql.variable_conflict', 'use_variable'],
	['pgbell.bell', 'nonsense'], ['synchronous_commit', 'off'], ['jit_above_cost', '0'], ['enable_indexscan', 'off'], ['max_parallel_workers_per_gather', '8'],
	['debug_parallel_query', 'on', 160_000], ['force_parallel_mode', 'on', 0, 160_000], ['lc_messages', 'C'], ['default_tablespace', 'pg_default'],
	['work_mem', '64kB'], ['gin_fuzzy_search_limit', '1'],
];

const reconnect = () => site.superuser("select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name like 'pgbell-%'");

// All that a person does.
async function live(one) {
	const { id, token } = await one.signUp();
	const { body: { ticket } } = await one.api('POST', '/api/session/ticket', { token });
	const streams = [await one.stream(token), await one.stream(undefined, { query: { ticket } }), await one.stream(token, { lastEventId: 0 })];
	for (const stream of streams)
		await stream.next('connected');
	const asker = await one.signUp();
	const answered = async (status, ...words) => {
		const answer = await one.api(...words);
		assert.equal(answer.status, status, `${words[0]} ${words[1]}: ${JSON.stringify(answer.body)}`);
		return answer.body;
	};
	const question = await answered(201, 'POST', '/api/questions', { token, body: { title: "O'Reilly \\ é", body: 'b' } });
	await answered(201, 'POST', `/api/questions/${question.id}/answers`, { token: asker.token, body: { body: 'a' } });
	const told = [];
	for (const stream of streams)
		told.push((await stream.next('new_notification')).data);
	const list = await answered(200, 'GET', '/api/notifications', { token });
	assert.equal(list.notifications[0].data.title ?? "O'Reilly \\ é", "O'Reilly \\ é");
	assert.match(list.notifications[0].created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
	assert.ok(told.every((event) => event.id === list.notifications[0].id && event.created_at === list.notifications[0].created_at));
	const row = `/api/notifications/${list.notifications[0].id}`;
	await answered(200, 'PUT', `${row}/read`, { token });
	await answered(200, 'DELETE', `${row}/read`, { token });
	await answered(200, 'PUT', '/api/notifications/read-all', { token });
	await answered(200, 'DELETE', row, { token });
	await answered(200, 'GET', '/api/notifications/events?after=0', { token });
	await answered(200, 'POST', '/api/session/renew', { token });
	await streams[0].next('notification_deleted');
	await answered(204, 'DELETE', '/api/session', { token });
	for (const stream of streams)
		assert.equal((await stream.next('session_ended')).data.reason, 'signed_out');
	assert.equal((await one.stream(token)).status, 401);
	await answered(401, 'GET', '/api/notifications', { token });
	assert.equal((await requestFastcgi(join(site.state, 'run/api.sock'), { REQUEST_URI: '/api/health' })).status, 200);
	return id;
}

test('whatever a database is set to, a person can do everything', async (t) => {
	const [{ release }] = await site.sql("select current_setting('server_version_num')::int as release");
	for (const [name, value, since = 0, until = Infinity] of SETTINGS) {
		if (release < since || release >= until)
			continue;
		await t.test(`${name} = ${value}`, async () => {
			await site.superuser(`alter database ${site.env.PGDATABASE} set ${name} = ${value.includes(',') ? value : `'${value}'`}`);
			await reconnect();
			try {
				await site.waitUntilHealthy();
				await live(site);
			} finally {
				await site.superuser(`alter database ${site.env.PGDATABASE} reset ${name}`);
			}
		});
	}
});

test('three hundred marks of one person at once succeed where transactions are serializable', async () => {
	await site.superuser(`alter database ${site.env.PGDATABASE} set default_transaction_isolation = 'serializable'`);
	await reconnect();
	const dan = await site.signUp();
	const ids = (await site.sql(`insert into pgbell.notification (user_id, kind) select $1, 'test' from generate_series(1, 300) returning id`,
		[String(dan.id)])).map(({ id }) => id);
	const statuses = [];
	await Promise.all(Array.from({ length: 16 }, async () => {
		while (ids.length > 0)
			statuses.push((await site.api('PUT', `/api/notifications/${ids.pop()}/read`, { token: dan.token })).status);
	}));
	await site.superuser(`alter database ${site.env.PGDATABASE} reset default_transaction_isolation`);
	await reconnect();
	assert.deepEqual(statuses, Array(300).fill(200));
});

test('health is no worse for connections that begin read-only, since writes say what they need', async () => {
	await site.superuser(`alter database ${site.env.PGDATABASE} set default_transaction_read_only = 'on'`);
	try {
		await reconnect();
		for (let i = 0; i < 2; i++) // the first request of a connection, and the next
			assert.equal((await requestFastcgi(join(site.state, 'run/api.sock'), { REQUEST_URI: '/api/notifications/health' })).status, 200);
		await site.signUp();
	} finally {
		await site.superuser(`alter database ${site.env.PGDATABASE} reset default_transaction_read_only`);
		await reconnect();
	}
});

test('health tells of a session whose triggers are off, since nothing that it changes would be told', async () => {
	const health = () => requestFastcgi(join(site.state, 'run/api.sock'), { REQUEST_URI: '/api/health' });
	await site.superuser(`alter database ${site.env.PGDATABASE} set session_replication_role = 'replica'`);
	await reconnect();
	assert.equal((await health()).status, 503);
	await site.superuser(`alter database ${site.env.PGDATABASE} reset session_replication_role`);
	await reconnect();
	assert.equal((await health()).status, 200);
});

// --- behind a transaction pooler, whose one connection is everybody's ---------------

const NOTED = ['statement_timeout', 'lock_timeout', 'client_min_messages', 'pgbell.bell', 'default_transaction_isolation', 'default_transaction_read_only',
	'array_nulls', 'datestyle', 'exit_on_error', 'transaction_isolation', 'transaction_read_only', 'idle_in_transaction_session_timeout'];

async function behindPooler(name, body) {
	const pooler = await startPooler(join(site.state, name), { ...site.env, size: 1 });
	const note = async (role) => {
		const client = await site.connect({ user: role, host: pooler.directory });
		const { rows } = await client.query(`select name, coalesce(current_setting(name, true), '') as value
			from unnest($1::text[]) name`, [NOTED]);
		const { rows: [{ prepared }] } = await client.query('select count(*)::int as prepared from pg_prepared_statements');
		await client.end();
		return { rows, prepared };
	};
	try {
		const env = { ...site.env, PGHOST: pooler.directory, PGBELL_POOLER: 'transaction', PGBELL_PREPARE: 'off' };
		await body(env, note, pooler);
	} finally {
		await pooler.stop();
	}
}

test('the worker leaves nothing behind in a connection that it shares, also in one that is read-only and serializable by default', async (t) => {
	await site.superuser("alter role pgbell_api set default_transaction_read_only = 'on'");
	await site.superuser("alter role pgbell_api set default_transaction_isolation = 'serializable'");
	const { token } = await site.signUp();
	await behindPooler('pool-api', async (env, note) => {
		const before = await note('pgbell_api');
		const worker = await startWorker({ ...env, PGUSER: 'pgbell_api' }, join(site.state, 'pooled.sock'));
		t.after(() => worker.child.kill());
		const ask = (method, uri, body) => worker.request({ REQUEST_METHOD: method, REQUEST_URI: uri, HTTP_AUTHORIZATION: `Bearer ${token}` }, body);
		for (let i = 0; i < 3; i++) {
			assert.equal((await ask('POST', '/api/questions', '{"title":"pooled","body":"b"}')).status, 201);
			assert.equal((await ask('GET', '/api/notifications')).status, 200);
			assert.equal((await ask('PUT', '/api/notifications/999999/read')).status, 404);
			assert.deepEqual(await note('pgbell_api'), before);
		}
		assert.equal((await runCgi({ ...env, PGUSER: 'pgbell_api' }, { REQUEST_METHOD: 'PUT', REQUEST_URI: '/api/notifications/read-all',
			HTTP_AUTHORIZATION: `Bearer ${token}` })).status, 200, 'nor does a CGI program');
		assert.deepEqual(await note('pgbell_api'), before);
		await worker.stop();
	});
	await site.superuser('alter role pgbell_api reset all');
});

test('nor does the stream', async () => {
	await site.superuser("alter role pgbell_stream set default_transaction_read_only = 'on'");
	await site.superuser("alter role pgbell_stream set array_nulls = 'off'");
	const { id, token } = await site.signUp();
	await behindPooler('pool-stream', async (env, note) => {
		const before = await note('pgbell_stream');
		const { body: { ticket } } = await site.api('POST', '/api/session/ticket', { token });
		await site.sql("select pgbell.notify($1, 'pooled')", [String(id)]);
		for (const variables of [{ HTTP_AUTHORIZATION: `Bearer ${token}`, HTTP_LAST_EVENT_ID: '0' }, { REQUEST_URI: `/api/notifications/stream?ticket=${ticket}&last_event_id=0` }]) {
			const { out, err } = await runCgi({ ...env, PGUSER: 'pgbell_stream', PGBELL_LISTEN: 'off', PGBELL_FLOOR_S: '1', PGBELL_CGI_LIFETIME_S: '2' },
				{ REQUEST_URI: '/api/notifications/stream', ...variables }, '', { program: 'pgbell-stream' });
			assert.match(out, /event: connected\n[^]*event: new_notification\n/, err);
			assert.deepEqual(await note('pgbell_stream'), before);
		}
	});
	await site.superuser('alter role pgbell_stream reset all');
});
