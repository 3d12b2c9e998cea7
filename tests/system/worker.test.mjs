// pgbell-api as a process: its way to the database and back, and its signals.

import assert from 'node:assert';
import { readFile, readdir, readlink } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pair, record, requestFastcgi, types } from '../lib/fastcgi.mjs';
import {
	account, blockedPid, change, closeWorkerSite, countQuestions, get, hold, openWorkerSite, question, site, startProxy, until, work,
} from '../lib/worker-site.mjs';

before(openWorkerSite);
after(closeWorkerSite);

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

for (const [way, settings] of Object.entries({ as_it_is: {}, without_preparation: { PGBELL_PREPARE: 'off' },
	behind_a_transaction_pooler: { PGBELL_POOLER: 'transaction' } })) {
	test(`a_request_is_one_round_trip_${way}`, async (t) => {
		const proxy = await startProxy(t);
		const worker = await work(t, { PGHOST: proxy.directory, ...settings });
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
		'qa.list_questions: /*NO LOAD BALANCE*/ select qa.list_questions($1, $2, $3)',
		'qa.get_question: /*NO LOAD BALANCE*/ select qa.get_question($1, $2)',
	]).flat());
});

test('without_preparation_no_statement_has_a_name', async (t) => {
	const executed = await startLogbook(t);
	const worker = await work(t, { PGBELL_PREPARE: 'off' });
	await worker.request(get('/api/questions'));
	await worker.request(change('/api/questions'), question('unnamed'));
	const statements = await executed();
	assert.ok(statements.length >= 4);
	for (const statement of statements)
		assert.match(statement, /^<unnamed>: /);
});

test('behind_a_transaction_pooler_each_request_brings_its_settings', async (t) => {
	const executed = await startLogbook(t);
	const worker = await work(t, { PGBELL_POOLER: 'transaction' });
	for (let i = 0; i < 2; i++) {
		await executed();
		assert.equal((await worker.request(change('/api/questions'), question('pooled'))).status, 201);
		const statements = await executed();
		assert.deepEqual(statements.map((words) => words.replace(/^.*?: /, '').replace('/*NO LOAD BALANCE*/ ', '').slice(0, 23)), ["set transaction_isolati", 'set transaction_read_on',
			"select set_config('stat", 'select qa.create_questi'], 'and no ring follows');
		assert.match(statements[2], /set_config\('statement_timeout', \$1, \$3::boolean\)/);
	}
});

// --- waits have an end -------------------------------------------------------

// What a statement may take in tests about that: nothing else takes so long,
// also when the machine stands still for a while.
const LIMIT_MS = 2000;

// That it came after about so long; the alternative is for ever.
function assertGivenUp(began) {
	const tookMs = Date.now() - began;
	assert.ok(tookMs >= LIMIT_MS && tookMs < LIMIT_MS + 10_000, `${tookMs} ms`);
}

for (const [way, settings] of Object.entries({ as_it_is: {}, behind_a_transaction_pooler: { PGBELL_POOLER: 'transaction' } })) {
	test(`a_statement_that_takes_too_long_is_given_up_${way}`, async (t) => {
		const worker = await work(t, { PGBELL_STATEMENT_TIMEOUT_MS: String(LIMIT_MS), PGBELL_LOCK_TIMEOUT_MS: '600000', ...settings });
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
	const release = await hold(`select * from pgbell.inbox where address = '${reader.id}' for update`);
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

test('a_web_server_that_does_not_end_its_request_has_its_answer_and_keeps_no_worker', async (t) => {
	const worker = await work(t);
	const client = net.connect(worker.socket);
	t.after(() => client.destroy());
	let bytes = Buffer.alloc(0);
	client.on('data', (more) => { bytes = Buffer.concat([bytes, more]); });
	const variables = [['REQUEST_METHOD', 'GET'], ['REQUEST_URI', '/api/questions']];
	client.write(Buffer.concat([record(types.BEGIN, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])),
		record(types.PARAMS, Buffer.concat(variables.map(pair))), record(types.PARAMS)])); // and no end of STDIN
	const end = record(types.END, Buffer.alloc(8));
	await until(() => bytes.includes('Status: 200 OK') && bytes.subarray(-end.length).equals(end), 'its answer');
	assert.equal((await worker.request(get('/api/questions'))).status, 200);
});

test('a_body_ends_where_the_web_server_ends_it_if_nobody_has_told_its_length', async (t) => {
	const worker = await work(t, { PGBELL_BODY_BYTES: '1024' });
	const open = { ...change('/api/questions'), CONTENT_TYPE: 'application/json', CONTENT_LENGTH: '' };
	assert.equal((await worker.request(open, question('open'))).status, 201);
	assert.equal((await worker.request(open, question('x'.repeat(2000)))).status, 413);
	assert.equal((await worker.request({ ...open, CONTENT_TYPE: 'text/plain' }, question('open'))).status, 415);
	assert.equal((await worker.request({ ...change('/api/notifications/read-all', 'PUT'), CONTENT_LENGTH: '' })).status, 200, 'none is none');
	// It breaks off: what is there would be a whole one.
	const client = net.connect(worker.socket);
	client.on('error', () => {}).resume();
	client.end(Buffer.concat([record(types.BEGIN, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])),
		record(types.PARAMS, Buffer.concat(Object.entries(open).map(pair))), record(types.PARAMS), record(types.STDIN, Buffer.from(question('cut')))]));
	await new Promise((resolve) => client.on('close', resolve));
	assert.equal((await worker.request(get('/api/questions'))).status, 200);
	assert.equal(await countQuestions('cut'), 0);
});

test('a_refused_body_is_passed_over_and_the_refusal_arrives', async (t) => {
	const worker = await work(t);
	assert.equal((await worker.request({ ...change('/api/questions'), CONTENT_LENGTH: '999999' }, 'x'.repeat(60_000))).status, 413);
	assert.equal((await worker.request({ ...change('/api/questions'), HTTP_AUTHORIZATION: 'Bearer x y' }, 'x'.repeat(60_000))).status, 401);
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
