// Somebody's transaction holds what a person wants to change: she waits, and nobody else.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const WORKERS = 4;
const LOCK_MS = 8000; // far longer than anything else here takes

let site, ann, ben, ids;

before(async () => {
	site = await startSite({ apis: WORKERS, env: { PGBELL_LOCK_TIMEOUT_MS: String(LOCK_MS) } });
	[ann, ben] = await Promise.all([site.signUp(), site.signUp()]);
	ids = (await site.sql(`insert into pgbell.notification (user_id, kind) select $1, 'test' from generate_series(1, 40) returning id`,
		[String(ann.id)])).map(({ id }) => id);
});
after(() => site.stop());

const asks = (one, method, path, body) => site.api(method, path, { token: one.token, body });
const waitingWorkers = async () => (await site.superuser(`select count(*)::int from pg_stat_activity
	where application_name = 'pgbell-api' and wait_event_type = 'Lock'`))[0].count;

// What holds the person's inbox until it is told to end, as an application's transaction that has numbered early does.
async function hold(statement, params) {
	const client = await site.connect();
	await client.query('begin');
	await client.query(statement, params);
	return () => client.end();
}

const holdInbox = () => hold('select from pgbell.inbox where address = $1 for update', [String(ann.id)]);

test('of a person who clicks again and again one request waits and the workers are there for others', async () => {
	const release = await holdInbox();
	const began = Date.now();
	const clicks = Array.from({ length: 12 }, (_, i) => asks(ann, 'PUT', `/api/notifications/${ids[i]}/read`));
	const isOver = { first: false };
	const refused = [];
	for (const click of clicks)
		click.then((answer) => { refused.push(answer); isOver.first ||= answer.status === 200; });
	await waitFor('all but one to be sent away', () => refused.length === clicks.length - 1);
	assert.equal(await waitingWorkers(), 1);
	for (const { status, headers, body } of refused) {
		assert.equal(status, 503);
		assert.ok(Number(headers['retry-after']) >= 1);
		assert.match(body.detail, /waits for somebody else/);
	}
	// Others have all the workers but that one, all at once.
	const others = await Promise.all(Array.from({ length: 30 }, () => asks(ben, 'PUT', '/api/notifications/read-all')));
	assert.deepEqual(others.map(({ status }) => status), Array(30).fill(200));
	assert.equal(await waitingWorkers(), 1, 'and she still waits');
	assert.ok(Date.now() - began < LOCK_MS);
	await release();
	await waitFor('hers', () => isOver.first);
	assert.equal((await asks(ann, 'PUT', `/api/notifications/${ids[20]}/read`)).status, 200);
});

test('once it is known that she waits each further click is sent away at once, and takes no worker from others', async () => {
	const release = await holdInbox();
	const first = asks(ann, 'PUT', `/api/notifications/${ids[35]}/read`);
	await waitFor('it to wait', async () => await waitingWorkers() === 1);
	const clicks = 45; // were each looked at for 0.2 s, they would take longer than the first one may wait
	for (let i = 0; i < clicks; i++)
		assert.equal((await asks(ann, 'PUT', `/api/notifications/${ids[36]}/read`)).status, 503);
	assert.equal(await waitingWorkers(), 1, 'she still waits');
	await release();
	assert.equal((await first).status, 200);
});

test('whatever she changes meanwhile, it is told to come again, and what she only reads is read', async () => {
	const release = await holdInbox();
	const first = asks(ann, 'PUT', '/api/notifications/read-all');
	await waitFor('it to wait', async () => await waitingWorkers() === 1);
	for (const [method, path, body] of [['PUT', `/api/notifications/${ids[1]}/read`], ['DELETE', `/api/notifications/${ids[1]}/read`],
		['DELETE', `/api/notifications/${ids[2]}`], ['POST', '/api/session/ticket'], ['POST', '/api/session/renew'], ['DELETE', '/api/session'],
		['POST', '/api/questions', { title: 't', body: 'b' }]])
		assert.equal((await asks(ann, method, path, body)).status, 503, `${method} ${path}`);
	for (const path of ['/api/notifications', '/api/notifications/unread-count', '/api/session'])
		assert.equal((await asks(ann, 'GET', path)).status, 200, path);
	await release();
	assert.equal((await first).status, 200);
	assert.equal((await asks(ann, 'POST', '/api/session/ticket')).status, 201);
});

test('changes that only follow one another are all made', async () => {
	const cleo = await site.signUp();
	const own = (await site.sql(`insert into pgbell.notification (user_id, kind) select $1, 'test' from generate_series(1, 60) returning id`,
		[String(cleo.id)])).map(({ id }) => id);
	const answers = await Promise.all(own.map((id) => asks(cleo, 'PUT', `/api/notifications/${id}/read`)));
	assert.deepEqual(answers.map(({ status }) => status), Array(60).fill(200));
	assert.equal((await asks(cleo, 'GET', '/api/notifications/unread-count')).body.unread_count, 0);
});

test('a wait has an end, and says so', async () => {
	const release = await holdInbox();
	const began = Date.now();
	const { status, headers, body } = await asks(ann, 'DELETE', `/api/notifications/${ids[30]}/read`);
	assert.equal(status, 503);
	assert.ok(headers['retry-after']);
	assert.match(body.detail, /changing this just now/);
	assert.ok(Date.now() - began >= LOCK_MS);
	await release();
	assert.equal((await asks(ann, 'DELETE', `/api/notifications/${ids[30]}/read`)).status, 200);
});

test('a turn that a prepared transaction has taken, maybe for days, is none', async () => {
	await site.superuser('alter system set max_prepared_transactions = 1');
	process.kill(await site.pid('postgres'), 'SIGINT');
	const allowed = () => site.superuser('show max_prepared_transactions').then(([row]) => row.max_prepared_transactions === '1', () => false);
	await waitFor('PostgreSQL to be there again', allowed);
	await site.waitUntilHealthy();
	const stranger = await site.connect();
	await stranger.query(`begin; select pg_advisory_xact_lock(hashtext('pgbell.take_turn'), hashtext('${ann.id}')); prepare transaction 'kept'`);
	assert.equal((await asks(ann, 'PUT', `/api/notifications/${ids[31]}/read`)).status, 200);
	await stranger.query("rollback prepared 'kept'");
});
