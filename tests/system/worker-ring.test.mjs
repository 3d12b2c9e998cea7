// The ring behind a call of pgbell-api: sent with the call, heard when there is time.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { waitFor } from '../lib/wait.mjs';
import { ending } from '../lib/wire.mjs';
import { change, closeWorkshop, countQuestions, get, openWorkshop, question, site, startProxy, until, work } from '../lib/workshop.mjs';

const READY = Buffer.from('Z\0\0\0\x05I'); // the server has finished with all up to a sync
const RING = Buffer.from('pgbell.ring\0');
const heard = [];

before(async () => {
	await openWorkshop();
	const listener = await site.connect();
	listener.on('notification', ({ payload }) => heard.push(payload));
	await listener.query('listen pgbell');
});
after(closeWorkshop);

// A worker that has rung once, and the wire that it has to the database.
async function startRinging(t) {
	const proxy = await startProxy(t);
	const worker = await work(t, { PGHOST: proxy.directory });
	assert.equal((await worker.request(change('/api/questions'), question('first'))).status, 201);
	return { proxy, worker };
}

// Hold back what the server says, from behind so many calls on.  Gives { release(), sent }: what the client says meanwhile.
function hold(proxy, calls) {
	const held = { bytes: [], sent: [] };
	let client;
	proxy.meddle = (who, bytes, from) => {
		if (who === 'c')
			return void held.sent.push(bytes);
		client = from;
		let passed = 0;
		for (; calls > 0 && bytes.includes(READY, passed); calls--)
			passed = bytes.indexOf(READY, passed) + READY.length;
		if (calls > 0)
			return false;
		client.write(bytes.subarray(0, passed));
		held.bytes.push(bytes.subarray(passed));
		return true;
	};
	held.release = () => {
		proxy.meddle = undefined;
		client.write(Buffer.concat(held.bytes));
	};
	return held;
}

// A question of somebody else's, for whom an answer to it rings.
async function ask() {
	const asker = await site.signUp();
	const { body } = await site.api('POST', '/api/questions', { token: asker.token, body: { title: 'Who rings?', body: 'b' } });
	return { id: String(asker.id), answers: `/api/questions/${body.id}/answers` };
}

test('the_ring_leaves_with_the_call_whatever_becomes_of_the_worker', async (t) => {
	const { proxy, worker } = await startRinging(t);
	const { id, answers } = await ask();
	const held = hold(proxy, 0);
	const answer = worker.request(change(answers), '{"body":"b"}');
	await waitFor('the ring', () => heard.includes(id)); // and the worker has not heard a word
	held.release();
	assert.equal((await answer).status, 201);
});

test('a_call_is_answered_before_its_ring_is_over_and_the_next_one_does_not_wait_for_it', async (t) => {
	const { proxy, worker } = await startRinging(t);
	for (const [variables, body, status] of [[get('/api/questions'), '', 200], [change('/api/questions'), question('next'), 201]]) {
		const held = hold(proxy, 1);
		assert.equal((await worker.request(change('/api/questions'), question('rings on'))).status, 201);
		held.sent.length = 0;
		const next = worker.request(variables, body);
		await waitFor('the next call', () => held.sent.length > 0);
		held.release();
		assert.equal((await next).status, status);
	}
	assert.equal(await countQuestions('rings on'), 2);
	assert.equal(await countQuestions('next'), 1);
	assert.equal(proxy.clients.length, 1, 'all over one connection');
});

test('a_connection_that_ends_while_a_ring_is_due_is_like_any_other', async (t) => {
	const { proxy, worker } = await startRinging(t);
	// what the server has for the next call, and what comes of it
	const endings = [
		['told', ending('E', 'FATAL', '57P01'), question('told'), 201, 1],
		['crash', ending('N', 'WARNING', '57P02'), question('crash'), 201, 1],
		['untold', Buffer.alloc(0), question('untold'), 503, 0],
		['reading', Buffer.alloc(0), '', 200, 0],
	];
	for (const [name, words, body, status, count] of endings) {
		hold(proxy, 1);
		assert.equal((await worker.request(change('/api/questions'), question(`before ${name}`))).status, 201);
		const { meddle } = proxy;
		proxy.meddle = (who, bytes, client) => {
			if (who === 's')
				return meddle(who, bytes, client);
			proxy.meddle = undefined;
			return client.end(words);
		};
		const next = await worker.request(body ? change('/api/questions') : get('/api/questions'), body);
		assert.equal(next.status, status, name);
		assert.equal(await countQuestions(name), count, name);
		assert.equal((await worker.request(change('/api/questions'), question('again'))).status, 201);
		assert.equal((await worker.request(get('/api/questions'))).status, 200); // and its ring is over
	}
});

test('a_ring_that_failed_is_told_and_its_connection_is_not_kept', async (t) => {
	const { proxy, worker } = await startRinging(t);
	const rename = (from, to) => site.superuser(`alter function pgbell.${from}(text[]) rename to ${to}`);
	await rename('ring', 'ring_away');
	t.after(() => rename('ring_away', 'ring'));
	assert.equal((await worker.request(change('/api/questions'), question('fails'))).status, 201);
	assert.equal((await worker.request(get('/api/questions'))).status, 200);
	await until(() => /level=warning event=ring_failed error=/.test(worker.stderr), 'a word in the log');
	assert.equal((await worker.request(get('/api/questions'))).status, 200);
	assert.equal(proxy.clients.length, 2);
	assert.equal((await worker.request(change('/api/questions'), question('fails'))).status, 201);
	await worker.stop();
	assert.equal(worker.stderr.match(/event=ring_failed/g).length, 2, 'the last one is heard before the worker ends');
});

test('a_worker_that_ends_does_not_wait_long_for_its_last_ring', async (t) => {
	const { proxy, worker } = await startRinging(t);
	hold(proxy, 1);
	assert.equal((await worker.request(change('/api/questions'), question('last'))).status, 201);
	await worker.stop();
	assert.match(worker.stderr, /event=ring_unknown/);
});

for (const [bell, rings] of [['after', true], ['inside', false], ['none', false]]) {
	test(`with_pgbell_bell_${bell}_a_ring_${rings ? 'follows' : 'does_not_follow'}`, async (t) => {
		await site.superuser(`alter role pgbell_api set pgbell.bell = '${bell}'`);
		t.after(() => site.superuser('alter role pgbell_api reset pgbell.bell'));
		const { proxy, worker } = await startRinging(t);
		const { sent } = hold(proxy, Infinity);
		assert.equal((await worker.request(change('/api/questions'), question(bell))).status, 201);
		assert.equal((await worker.request(get('/api/questions'))).status, 200); // now all of it has been sent
		assert.equal(Buffer.concat(sent).includes(RING), rings);
	});
}
