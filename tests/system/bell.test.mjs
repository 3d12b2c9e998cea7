// When the doorbell is rung at rest, seen from the outside; pgbell.bell = none.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { sleepIn } from '../lib/berth.mjs';
import { startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const FLOOR_S = 4;

let site, alice, bob, stream, question;
let heard = [];

before(async () => {
	site = await startSite({ apis: 1, env: { PGBELL_FLOOR_S: String(FLOOR_S) } });
	[alice, bob] = [await site.signUp(), await site.signUp()];
	question = (await site.api('POST', '/api/questions', { token: alice.token, body: { title: 'When?', body: 'b' } })).body.id;
	stream = await site.stream(alice.token);
	await stream.next('unread_count');
	const listener = await site.connect();
	// An answer is told to the question's followers besides: one ring for all.
	listener.on('notification', ({ payload }) => heard.push({ payload, addresses: payload.split(' ') }));
	await listener.query('listen pgbell');
	await sleepIn(listener);
});
after(() => site.stop());

const isForAlice = ({ addresses }) => addresses.includes(String(alice.id));

// How often Alice was rung since the last look.  What was notified before
// arrives before a doorbell of our own.
async function countRings() {
	const last = 'nobody with a stream';
	await site.sql('select pg_notify($1, $2)', ['pgbell', last]);
	await waitFor('our own doorbell', () => heard.some(({ payload }) => payload === last));
	return heard.splice(0).filter(isForAlice).length;
}

// Bob answers; how many milliseconds it takes until Alice sees it, and how often
// that rang.  The floor may be sooner than the bell, which is then waited for.
async function answer({ rings }) {
	const began = Date.now();
	const { status, body } = await site.api('POST', `/api/questions/${question}/answers`, { token: bob.token, body: { body: 'now' } });
	assert.equal(status, 201, JSON.stringify(body));
	await stream.next(['new_notification', 'notification_changed']); // it is merged with those before
	const tookMs = Date.now() - began;
	if (rings)
		await waitFor('the bell', () => heard.some(isForAlice));
	return { tookMs, rung: await countRings() };
}

// Another setting for the api, whose session is ended so that it takes it up.
async function set(statement) {
	await site.superuser(statement);
	await site.superuser(`select pg_terminate_backend(pid, 30000) from pg_stat_activity where application_name = 'pgbell-api'`);
}

// At once: sooner than the floor would mostly bring it.  The machine may stand still, but not each time.
async function ringsOnceAndAtOnce() {
	const times = [];
	while (times.length < 5) {
		const { tookMs, rung } = await answer({ rings: true });
		assert.equal(rung, 1);
		times.push(tookMs);
	}
	const [, , median] = times.sort((a, b) => a - b);
	assert.ok(median < FLOOR_S * 250, `it took ${times} ms`);
}

test('an answer given through the api rings once and at once', ringsOnceAndAtOnce);

test('pgbell.bell = none never rings, and the floor brings it', async () => {
	await set(`alter role pgbell_api set pgbell.bell = 'none'`);
	assert.equal((await answer({ rings: false })).rung, 0);
	await set('alter role pgbell_api reset pgbell.bell');
});

test('what a worker of the release before says of ringing changes nothing', async () => {
	const client = await site.connect();
	await client.query(`set pgbell.bell = 'after'`);
	await client.query(`insert into pgbell.notification (user_id, kind) values ($1, 'not put off')`, [String(alice.id)]);
	assert.equal(await countRings(), 1);
	await client.query('select pgbell.ring()');
	assert.equal(await countRings(), 0);
	await stream.next('new_notification');
});

// `alter role … set pgbell.bell` takes a superuser, and from PostgreSQL 15 on whoever has the right
// to set that parameter.
test('a role says in its connection string when its inserts ring; that needs no superuser', async () => {
	await site.superuser('create role shopkeeper login');
	await site.sql('grant usage on schema pgbell to shopkeeper');
	await site.sql('grant execute on function pgbell.notify to shopkeeper');
	const plain = await site.connect({ user: 'shopkeeper' });
	await assert.rejects(plain.query("alter role shopkeeper set pgbell.bell = 'none'"), /permission denied/);
	const { PGHOST, PGPORT, PGDATABASE } = site.env;
	const client = new pg.Client({ host: PGHOST, port: Number(PGPORT), database: PGDATABASE, user: 'shopkeeper', options: '-c pgbell.bell=none' });
	await client.connect();
	assert.deepEqual((await client.query('show "pgbell.bell"')).rows, [{ 'pgbell.bell': 'none' }]);
	await client.query("select pgbell.notify('4711', 'quiet')");
	await client.end();
	const [{ server_version_num: version }] = await site.superuser('show server_version_num');
	if (Number(version) >= 150000) {
		await site.superuser('grant set on parameter pgbell.bell to shopkeeper');
		await plain.query("alter role shopkeeper set pgbell.bell = 'none'");
	}
	await site.superuser('drop owned by shopkeeper; drop role shopkeeper');
});
