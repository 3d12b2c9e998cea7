// pgbell-api as a process: its way to the database and back, what it does
// when that breaks, and its signals.

import assert from 'node:assert';
import { mkdir, mkdtemp, readFile, readdir, readlink, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestFastcgi, startWorker } from '../lib/fastcgi.mjs';
import { startSite } from '../lib/site.mjs';
import { farewell, startWire } from '../lib/wire.mjs';
import { waitFor } from '../lib/wait.mjs';

let site, scratch, account, environment;
let sockets = 0;

before(async () => {
	site = await startSite({ apis: 1 });
	scratch = await mkdtemp(join(tmpdir(), 'pgbell-worker-'));
	account = await site.signUp();
	environment = { ...site.env, PGUSER: 'pgbell_api', PGBELL_LOG_LEVEL: 'debug' };
});
after(async () => {
	await site.stop();
	await rm(scratch, { recursive: true });
});

// A worker of the test's own, which ends with it.
async function work(t, settings = {}) {
	const worker = await startWorker({ ...environment, ...settings }, join(scratch, `api-${++sockets}.sock`));
	t.after(async () => {
		if (worker.child.exitCode === null)
			await worker.stop();
		assert.doesNotMatch(worker.stderr, /Sanitizer|runtime error/);
	});
	return worker;
}

const get = (uri) => ({ REQUEST_URI: uri });
const change = (uri, method = 'POST') => ({ REQUEST_METHOD: method, REQUEST_URI: uri, HTTP_AUTHORIZATION: `Bearer ${account.token}` });
const question = (title) => JSON.stringify({ title, body: 'b' });
const countQuestions = async (title) => (await site.sql('select count(*)::int from qa.question where title = $1', [title]))[0].count;

const until = (holds, what) => waitFor(what, holds);

// What a statement may take in tests about that: nothing else takes so long,
// also when the machine stands still for a while.
const LIMIT_MS = 2000;

// That it came after about so long; the alternative is for ever.
function assertGivenUp(began) {
	const tookMs = Date.now() - began;
	assert.ok(tookMs >= LIMIT_MS && tookMs < LIMIT_MS + 10_000, `${tookMs} ms`);
}

// Hold a lock in a transaction of our own; gives what lets it go.
async function hold(statement) {
	const client = await site.connect();
	await client.query('begin');
	await client.query(statement);
	return () => client.end();
}

const blockedPid = async () => (await site.superuser(
	"select pid from pg_stat_activity where application_name = 'pgbell-api' and wait_event_type = 'Lock'"))[0]?.pid;

const startProxy = (t) => startWire(t, site, join(scratch, `proxy-${++sockets}`));

// The statements that workers of ours have executed since the last look.
async function startLogbook(t) {
	const path = join(site.state, 'log/postgres.log');
	await site.superuser("alter role pgbell_api set log_statement = 'all'");
	t.after(() => site.superuser('alter role pgbell_api reset log_statement'));
	let seen = (await readFile(path, 'utf8')).length;
	return async () => {
		const text = (await readFile(path, 'utf8')).slice(seen);
		seen += text.length;
		return [...text.matchAll(/ pgbell-api LOG: {2}(?:execute|statement)(.*)/g)].map(([, words]) => words.trim());
	};
}

// --- one request, one round trip ---------------------------------------------

for (const prepare of ['on', 'off']) {
	test(`a_request_is_one_round_trip_with_prepare_${prepare}`, async (t) => {
		const proxy = await startProxy(t);
		const worker = await work(t, { PGHOST: proxy.directory, PGBELL_PREPARE: prepare });
		assert.equal((await worker.request(get('/api/questions'))).status, 200);
		assert.equal(proxy.turns, 'cscs', 'one to connect, one for all that the first request needs');
		assert.equal((await worker.request(get('/api/questions'))).status, 200);
		assert.equal((await worker.request(change('/api/questions'), question('one trip'))).status, 201);
		assert.equal((await worker.request(get('/api/questions/999999'))).status, 404);
		assert.equal((await worker.request(get('/api/questions/999999'))).status, 404);
		assert.equal(proxy.turns, 'cscs' + 'cs'.repeat(4));
	});
}

test('the_database_sees_one_statement_a_request', async (t) => {
	const executed = await startLogbook(t);
	const worker = await work(t);
	assert.equal((await worker.request(get('/api/questions/999999'))).status, 404);
	assert.equal((await worker.request(get('/api/questions'))).status, 200);
	await executed();
	for (let i = 0; i < 3; i++) {
		await worker.request(get('/api/questions'));
		await worker.request(get('/api/questions/999999'));
	}
	const statements = await executed();
	assert.deepEqual(statements, Array(3).fill([
		'qa.list_questions: select qa.list_questions($1, $2, $3)',
		'qa.get_question: select qa.get_question($1, $2)',
	]).flat());
});

test('without_preparation_nothing_is_left_in_the_session', async (t) => {
	const executed = await startLogbook(t);
	const worker = await work(t, { PGBELL_PREPARE: 'off' });
	await worker.request(get('/api/questions'));
	await worker.request(get('/api/questions'));
	const statements = await executed();
	assert.equal(statements.length, 4);
	for (const statement of statements)
		assert.match(statement, /^<unnamed>: select (set_config|qa\.list_questions)\(/);
});

// --- waits have an end -------------------------------------------------------

for (const prepare of ['on', 'off']) {
	test(`a_statement_that_takes_too_long_is_given_up_with_prepare_${prepare}`, async (t) => {
		const worker = await work(t, { PGBELL_STATEMENT_TIMEOUT_MS: String(LIMIT_MS), PGBELL_PREPARE: prepare });
		assert.equal((await worker.request(get('/api/questions'))).status, 200);
		const release = await hold('lock table qa.question in access exclusive mode');
		const began = Date.now(), late = await worker.request(get('/api/questions'));
		assert.equal(late.status, 503);
		assert.ok(late.headers['retry-after']);
		assertGivenUp(began);
		await release();
		assert.equal((await worker.request(get('/api/questions'))).status, 200);
	});
}

test('a_database_that_falls_silent_is_given_up', async (t) => {
	const proxy = await startProxy(t);
	const worker = await work(t, { PGHOST: proxy.directory, PGBELL_STATEMENT_TIMEOUT_MS: String(LIMIT_MS) });
	assert.equal((await worker.request(get('/api/questions'))).status, 200);
	proxy.isSilent = true;
	const began = Date.now(), late = await worker.request(get('/api/questions'));
	assert.equal(late.status, 503);
	assertGivenUp(began);
	proxy.isSilent = false;
	assert.equal((await worker.request(get('/api/questions'))).status, 200);
});

test('a_commit_that_takes_too_long_is_given_up_and_undone', async (t) => {
	const worker = await work(t, { PGBELL_STATEMENT_TIMEOUT_MS: String(LIMIT_MS) });
	const reader = await site.signUp();
	const asked = await site.api('POST', '/api/questions', { token: reader.token, body: { title: 'commit', body: 'b' } });
	const answers = `/api/questions/${asked.body.id}/answers`;
	assert.equal((await worker.request(change(answers), '{"body":"one"}')).status, 201);
	const release = await hold(`select * from pgbell.inbox where user_id = '${reader.id}' for update`);
	assert.equal((await worker.request(change(answers), '{"body":"two"}')).status, 503);
	await release();
	const { body } = await site.api('GET', asked.headers.location);
	assert.deepEqual(body.answers.map((answer) => answer.body), ['one']);
});

test('a_failure_at_the_commit_is_no_success', async (t) => {
	const worker = await work(t);
	await site.superuser(`create function public.refuse() returns trigger language plpgsql as
		$$ begin raise exception 'Not today.' using errcode = 'PB409'; end $$`);
	await site.superuser(`create constraint trigger refuse after insert on qa.question
		deferrable initially deferred for each row execute function public.refuse()`);
	t.after(() => site.superuser('drop function if exists public.refuse() cascade'));
	for (let i = 0; i < 2; i++) {
		const refused = await worker.request(change('/api/questions'), question('at commit'));
		assert.deepEqual([refused.status, refused.body.detail], [409, 'Not today.']);
	}
	assert.equal(await countQuestions('at commit'), 0);
	await site.superuser('drop function public.refuse() cascade');
	assert.equal((await worker.request(change('/api/questions'), question('at commit'))).status, 201);
});

// --- a connection breaks -----------------------------------------------------

const backends = () => site.superuser("select pid from pg_stat_activity where application_name = 'pgbell-api'");

test('a_backend_that_ended_between_requests_is_not_noticed', async (t) => {
	const worker = await work(t);
	for (const [variables, body, status] of [[get('/api/questions'), '', 200], [change('/api/questions'), question('ended'), 201]]) {
		assert.equal((await worker.request(variables, body)).status, status);
		await site.superuser("select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'pgbell-api'");
		assert.equal((await worker.request(variables, body)).status, status);
	}
	assert.equal(await countQuestions('ended'), 2);
});

test('a_backend_that_was_killed_between_requests_is_not_noticed', async (t) => {
	const worker = await work(t, { PGBELL_CONNECT_TIMEOUT_S: '30' });
	for (const [variables, body, status] of [[get('/api/questions'), '', 200], [change('/api/questions'), question('killed'), 201]]) {
		await until(async () => (await worker.request(get('/api/questions'))).status === 200, 'the database');
		const [{ pid }] = await waitFor('its backend', () => backends().catch(() => undefined)); // our own may have gone, too
		process.kill(pid, 'SIGKILL');
		await until(() => { try { return !process.kill(pid, 0); } catch { return true; } }, 'the end of the backend');
		assert.equal((await worker.request(variables, body)).status, status, worker.stderr);
	}
	await until(() => site.sql('select 1').then(() => true, () => false), 'the database');
	assert.equal(await countQuestions('killed'), 1);
});

test('a_write_that_may_have_been_done_is_not_done_again', async (t) => {
	const proxy = await startProxy(t);
	const worker = await work(t, { PGHOST: proxy.directory });
	assert.equal((await worker.request(get('/api/questions'))).status, 200);
	proxy.swallows = true;
	const unknown = await worker.request(change('/api/questions'), question('maybe'));
	assert.equal(unknown.status, 503);
	assert.ok(unknown.headers['retry-after']);
	assert.equal(await countQuestions('maybe'), 1, 'it was done, and only once');

	assert.equal((await worker.request(get('/api/questions'))).status, 200);
	proxy.swallows = true;
	assert.equal((await worker.request(get('/api/questions'))).status, 200, 'reading is tried again');
});

test('an_idle_connection_over_which_the_server_has_taken_its_leave_is_not_used', async (t) => {
	const proxy = await startProxy(t);
	const worker = await work(t, { PGHOST: proxy.directory });
	for (const words of [['E', 'FATAL', '57P01'], ['E', 'FATAL', '08P01'], ['N', 'WARNING', '57P02']]) {
		assert.equal((await worker.request(get('/api/questions'))).status, 200);
		const title = words.join(' ');
		const leaving = proxy.clients.at(-1); // which a backend closes some time later
		await new Promise((resolve) => leaving.write(farewell(...words), resolve));
		proxy.meddle = (who, bytes, client) => client === leaving && who === 'c' && leaving.destroy();
		assert.equal((await worker.request(change('/api/questions'), question(title))).status, 201, title);
		assert.equal(await countQuestions(title), 1);
		proxy.meddle = undefined;
	}
});

const ways = { error: ['E', 'FATAL', '57P01'], crash: ['N', 'WARNING', '57P02'] };
for (const [way, words] of Object.entries(ways)) {
	test(`a_write_that_meets_the_end_of_its_backend_is_done_once_whenever_that_is_told_${way}`, async (t) => {
		const proxy = await startProxy(t);
		const worker = await work(t, { PGHOST: proxy.directory });
		const meet = async (title, status, who, split) => {
			proxy.meddle = (from, bytes, client) => {
				if (from !== who || !bytes.includes(title))
					return false;
				proxy.meddle = undefined;
				return client.end(Buffer.concat([split(bytes), farewell(...words)]));
			};
			assert.equal((await worker.request(change('/api/questions'), question(title))).status, status, title);
			assert.equal(await countQuestions(title), 1, title);
		};
		const nothing = () => Buffer.alloc(0), untilItsEnd = (bytes) => bytes.subarray(0, bytes.indexOf('Z\0\0\0\x05I'));
		await meet(`${way} before the first call`, 201, 'c', nothing);
		await meet(`${way} before a call`, 201, 'c', nothing);
		await meet(`${way} behind its answer`, 503, 's', untilItsEnd);
		await meet(`${way} behind the first answer`, 503, 's', untilItsEnd);
	});
}

test('a_write_that_certainly_did_nothing_is_done_again', async (t) => {
	const worker = await work(t);
	assert.equal((await worker.request(change('/api/questions'), question('certain'))).status, 201);
	const release = await hold('lock table qa.question in share mode');
	const answer = worker.request(change('/api/questions'), question('certain'));
	let pid;
	await until(async () => (pid = await blockedPid()) !== undefined, 'the insert to wait');
	await site.superuser('select pg_terminate_backend($1)', [pid]);
	await until(async () => ![undefined, pid].includes(await blockedPid()), 'the second try');
	await release();
	assert.equal((await answer).status, 201);
	assert.equal(await countQuestions('certain'), 2);
});

// Replace pgbell.check_health for the time of a test.
async function replaceHealth(t, parameter, statement) {
	const [{ definition }] = await site.sql("select pg_get_functiondef('pgbell.check_health(text)'::regprocedure) as definition");
	const replace = async (words) => {
		const client = await site.connect();
		await client.query(`begin; drop function pgbell.check_health; ${words};
			grant execute on function pgbell.check_health to pgbell_api, pgbell_stream; commit`);
	};
	t.after(() => replace(definition));
	await replace(`create function pgbell.check_health(token ${parameter}) returns jsonb language plpgsql as
		$$ begin ${statement}; return '{"status":"ok"}'; end $$`);
}

test('functions_may_be_replaced_under_a_running_worker', async (t) => {
	const worker = await work(t);
	assert.equal((await worker.request(get('/api/health'))).status, 200);
	await replaceHealth(t, 'uuid', 'null');
	assert.equal((await worker.request(get('/api/health'))).status, 200);
});

test('a_session_that_forgot_the_prepared_statements_is_replaced', async (t) => {
	const worker = await work(t);
	await replaceHealth(t, 'text', 'deallocate all');
	assert.equal((await worker.request(get('/api/questions'))).status, 200);
	assert.equal((await worker.request(get('/api/health'))).status, 200);
	assert.equal((await worker.request(get('/api/questions'))).status, 200);
});

test('while_the_database_is_away_requests_are_refused_fast_and_then_served_again', async (t) => {
	const worker = await work(t);
	assert.equal((await worker.request(get('/api/questions'))).status, 200);
	process.kill(await site.pid('postgres'), 'SIGINT');
	await until(async () => (await worker.request(get('/api/questions'))).status === 503, 'the database to go');
	const times = [];
	for (let i = 0; i < 5; i++) {
		const began = Date.now(), refused = await worker.request(get('/api/questions'));
		if (refused.status === 200) // it is back already
			break;
		assert.equal(refused.status, 503);
		assert.match(refused.headers['retry-after'], /^\d+$/);
		times.push(Date.now() - began);
	}
	if (times.length > 0) {
		assert.ok(Math.min(...times) < 3000, `refused after ${times} ms`);
		await until(() => /level=error event=database_away function=qa.list_questions/.test(worker.stderr), 'a word in the log');
	}
	await until(async () => (await worker.request(get('/api/questions'))).status === 200, 'the database to come back');
	await site.waitUntilHealthy();
	assert.equal((await site.api('GET', '/api/questions')).status, 200);
});

// --- the process -------------------------------------------------------------

test('sigterm_ends_an_idle_worker_at_once', async (t) => {
	const times = []; // of some, since the machine may have other things to do
	do {
		assert.ok(times.length < 5, `it took ${times} ms`);
		const worker = await work(t);
		assert.equal((await worker.request(get('/api/openapi.json'))).status, 200);
		const began = Date.now();
		await worker.stop();
		times.push(Date.now() - began);
	} while (times.at(-1) >= 1500);
});

test('sigterm_lets_the_request_in_work_finish', async (t) => {
	const worker = await work(t);
	const release = await hold('lock table qa.question in access exclusive mode');
	const answer = worker.request(get('/api/questions'));
	await until(async () => await blockedPid() !== undefined, 'the request to be in work');
	worker.child.kill('SIGTERM');
	await sleep(100); // the signal arrives while it waits
	assert.equal(worker.child.exitCode, null);
	await release();
	assert.equal((await answer).status, 200);
	assert.deepEqual(await worker.exited, [0, null]);
});

test('sigterm_lets_a_request_that_has_half_arrived_finish', async (t) => {
	const worker = await work(t);
	assert.equal((await worker.request(get('/api/questions'))).status, 200);
	const directory = `/proc/${worker.child.pid}/fd`;
	const readOpen = async () => Promise.all((await readdir(directory)).map((name) => readlink(join(directory, name)).catch(() => '')));
	const before = ['', ...await readOpen()];
	const answer = requestFastcgi(worker.socket, get('/api/questions'), '', async () => {
		await until(async () => !(await readOpen()).every((it) => before.includes(it)), 'it to accept');
		await sleep(100); // it has the first bytes
		worker.child.kill('SIGTERM');
		await sleep(100);
	});
	assert.equal((await answer).status, 200);
	assert.deepEqual(await worker.exited, [0, null]);
});

test('a_thousand_requests_leave_nothing_behind', async (t) => {
	const worker = await work(t, { PGBELL_LOG_LEVEL: 'warning' });
	const kinds = [[get('/api/questions')], [get('/api/nothing')], [get('/api/questions?x=1')], [get('/api/openapi.json')],
		[change('/api/questions'), question('many')], [change('/api/questions'), '{"a":'], [change('/api/questions', 'PATCH')],
		[change('/api/notifications/read-all', 'PUT'), '{"up_to":1}'], [change('/api/notifications/1/read', 'PUT')],
		[{ ...change('/api/questions'), HTTP_AUTHORIZATION: 'Bearer x' }, question('nobody')]];
	for (let i = 0; i < 100; i++)
		await Promise.all(kinds.map((kind) => worker.request(...kind)));
	await worker.stop(); // LeakSanitizer reports at the end
	assert.equal(worker.stderr, '');
});

test('a_client_that_leaves_in_the_middle_is_no_harm', async (t) => {
	const worker = await work(t);
	const { socket } = worker;
	for (const bytes of [[1, 1, 0, 1], [1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], []]) {
		const client = net.connect(socket);
		client.end(Buffer.from(bytes));
		await new Promise((resolve) => client.on('close', resolve).resume());
	}
	const short = await requestFastcgi(socket, { ...change('/api/questions'), CONTENT_TYPE: 'application/json', CONTENT_LENGTH: '99' }, '{}');
	assert.equal(short.status, 400);
	assert.equal((await worker.request(get('/api/questions'))).status, 200);
});

test('the_log_holds_no_secret', async (t) => {
	const worker = await work(t);
	const { username, password } = account;
	const session = await worker.request({ REQUEST_METHOD: 'POST', REQUEST_URI: '/api/session' }, JSON.stringify({ username, password }));
	await worker.request(change(`/api/questions?token=${account.token}`), question('secret'));
	await worker.request({ ...get('/api/session'), HTTP_COOKIE: `pgbell_session=${session.body.token}` });
	await worker.stop();
	assert.match(worker.stderr, /event=request method=POST path=\/api\/session status=201/);
	for (const secret of [password, account.token, session.body.token])
		assert.ok(!worker.stderr.includes(secret));
});
