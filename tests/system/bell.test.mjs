// pgbell.bell: when the doorbell is rung, seen from the outside.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSite } from '../lib/site.mjs';

const FLOOR_S = 4;

let site, alice, bob, stream, question, heard;

before(async () => {
	site = await startSite({ apis: 1, env: { PGBELL_FLOOR_S: String(FLOOR_S) } });
	[alice, bob] = [await site.signUp(), await site.signUp()];
	question = (await site.api('POST', '/api/questions', { token: alice.token, body: { title: 'When?', body: 'b' } })).body.id;
	stream = await site.stream(alice.token);
	await stream.next('unread_count');
	const listener = await site.connect();
	listener.on('notification', ({ payload }) => heard.push(payload));
	await listener.query('listen pgbell');
});
after(() => site.stop());

// Bob answers; how many milliseconds it takes until Alice sees it, and what rings meanwhile.
async function answer() {
	heard = [];
	const began = Date.now();
	const { status, body } = await site.api('POST', `/api/questions/${question}/answers`, { token: bob.token, body: { body: 'now' } });
	assert.equal(status, 201, JSON.stringify(body));
	await stream.next('new_notification');
	const tookMs = Date.now() - began;
	await sleep(50);
	return { tookMs, rung: heard.filter((payload) => payload === String(alice.id)).length };
}

// Another setting for the api, whose session is ended so that it takes it up.
async function set(statement) {
	await site.superuser(statement);
	await site.superuser(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'pgbell-api'`);
}

test('an answer given through the api rings once and at once', async () => {
	for (let i = 0; i < 3; i++) {
		const { tookMs, rung } = await answer();
		assert.ok(tookMs < FLOOR_S * 500, `${tookMs} ms`);
		assert.equal(rung, 1);
	}
});

test('a ring that fails does not fail the answer, which comes with the floor', async () => {
	await site.superuser('alter function pgbell.ring(text[]) rename to ring_away');
	try {
		const { rung } = await answer();
		assert.equal(rung, 0);
	} finally {
		await site.superuser('alter function pgbell.ring_away(text[]) rename to ring');
	}
	assert.equal((await answer()).rung, 1, 'and the next one rings again');
});

test('pgbell.bell = inside rings once and at once', async () => {
	await set(`alter role pgbell_api set pgbell.bell = 'inside'`);
	const { tookMs, rung } = await answer();
	assert.ok(tookMs < FLOOR_S * 500, `${tookMs} ms`);
	assert.equal(rung, 1);
});

test('pgbell.bell = none never rings, and the floor brings it', async () => {
	await set(`alter role pgbell_api set pgbell.bell = 'none'`);
	const { tookMs, rung } = await answer();
	assert.equal(rung, 0);
	assert.ok(tookMs < FLOOR_S * 1000 + 2000, `${tookMs} ms`);
	await set('alter role pgbell_api reset pgbell.bell');
});

test('an application that puts ringing off rings when it says so', async () => {
	const client = await site.connect();
	heard = [];
	await client.query(`set pgbell.bell = 'after'`);
	await client.query(`insert into pgbell.notification (user_id, kind) values ($1, 'put off')`, [String(alice.id)]);
	await sleep(50);
	assert.deepEqual(heard.filter((payload) => payload === String(alice.id)), []);
	await client.query('select pgbell.ring()');
	await stream.next('new_notification');
	while (!heard.includes(String(alice.id))) // the floor may have been faster
		await sleep(10);
});
