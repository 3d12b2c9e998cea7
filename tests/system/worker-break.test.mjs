// What pgbell-api does when its connection to the database breaks.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { waitFor } from '../lib/wait.mjs';
import { ending } from '../lib/byte-proxy.mjs';
import {
	blockedPid, change, closeWorkerSite, countQuestions, get, hold, openWorkerSite, question, site, startProxy, until, work,
} from '../lib/worker-site.mjs';

before(openWorkerSite);
after(closeWorkerSite);

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

test('a_server_that_says_late_that_it_is_starting_up_is_waited_for', async (t) => {
	const proxy = await startProxy(t);
	const worker = await work(t, { PGHOST: proxy.directory, PGBELL_CONNECT_TIMEOUT_S: '30' });
	const refused = new Set();
	proxy.meddle = (who, bytes, client) => {
		if (who === 'c' && refused.size < 3 && !refused.has(client))
			setTimeout(() => client.end(ending('E', 'FATAL', '57P03')), 700); // as on a machine that is loaded
		return who === 'c' ? refused.size < 3 && refused.add(client) : refused.has(client);
	};
	assert.equal((await worker.request(change('/api/questions'), question('patient'))).status, 201, worker.stderr);
	assert.equal(await countQuestions('patient'), 1);
	assert.equal(refused.size, 3);
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
		await new Promise((resolve) => leaving.write(ending(...words), resolve));
		proxy.meddle = (who, bytes, client) => client === leaving && who === 'c' && leaving.destroy();
		assert.equal((await worker.request(change('/api/questions'), question(title))).status, 201, title);
		assert.equal(await countQuestions(title), 1);
		proxy.meddle = undefined;
	}
});

const ways = { error: ['E', 'FATAL', '57P01'], crash: ['N', 'WARNING', '57P02'], timeout: ['E', 'FATAL', '25P04'] };
for (const [way, words] of Object.entries(ways)) {
	test(`a_write_that_meets_the_end_of_its_backend_is_done_once_whenever_that_is_told_${way}`, async (t) => {
		const proxy = await startProxy(t);
		const worker = await work(t, { PGHOST: proxy.directory });
		const meet = async (title, status, who, split) => {
			proxy.meddle = (from, bytes, client) => {
				if (from !== who || !bytes.includes(title))
					return false;
				proxy.meddle = undefined;
				return client.end(Buffer.concat([split(bytes), ending(...words)]));
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
