// Our own client over a WebSocket to a real server, whose messages come late: commands cross with what is
// told meanwhile, and with one another.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket as NodeWebSocket } from 'ws';
import { createNotificationSSE } from '../../deploy/www/js/sse.js';
import { startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const LATE_MS = 60;
const ROUNDS = 40;

let site, writer;

before(async () => {
	site = await startSite({ env: { PGBELL_FLOOR_S: '3600' } });
	writer = await site.connect();
});
after(() => site.stop());

const publish = (topic, count = 1) => writer.query(`insert into pgbell.publication (topic, kind) select $1, 'test' from generate_series(1, $2::int)`, [topic, count]);

// Each message is given to the page up to LATE_MS late, in order.
class LateSocket extends NodeWebSocket {
	static opened = 0;
	#turn = Promise.resolve();

	constructor(address) {
		super(address);
		LateSocket.opened++;
		this.on('error', () => {});
	}

	addEventListener(type, listener) {
		super.addEventListener(type, type !== 'message' ? listener : (message) => {
			this.#turn = this.#turn.then(() => sleep(Math.random() * LATE_MS)).then(() => listener(message));
		});
	}
}

async function open(t) {
	LateSocket.opened = 0;
	const client = createNotificationSSE({ api: `${site.url}/api`, visitor: true, transport: 'websocket', WebSocket: LateSocket, EventSource: undefined });
	t.after(() => client.close());
	client.follow('public:always');
	await waitFor('it to be live', () => client.status === 'live');
	return client;
}

test('a topic that is left and followed again in one breath brings each event once and in order', async (t) => {
	const client = await open(t);
	const topic = 'public:breath';
	let numbers = [], ends = [];
	const listeners = { onEvent: ({ seq }) => numbers.push(seq), onReset: (reset) => ends.push(reset), onUnfollowed: (end) => ends.push(end) };
	let leave = client.follow(topic, { after: 0, ...listeners });
	for (let round = 0; round < ROUNDS; round++) {
		await publish(topic, 1 + round % 3);
		await sleep(Math.random() * LATE_MS);
		leave();
		await sleep(12 + Math.random() * 10); // so that it is a command of its own
		publish(topic, round % 2).catch(() => {});
		leave = client.follow(topic, { after: numbers.at(-1) ?? 0, ...listeners });
		await sleep(12 + Math.random() * LATE_MS);
	}
	await publish(topic);
	const [{ seq }] = await site.sql('select pgbell.topic_seq($1)::int as seq', [topic]);
	await waitFor('the last', () => numbers.at(-1) === seq);
	assert.deepEqual(numbers, Array.from({ length: seq }, (_, i) => i + 1));
	assert.deepEqual([ends, LateSocket.opened], [[], 1]);
});

test('who follows from now on is told of what comes behind the answer, without a hole', async (t) => {
	const client = await open(t);
	const topic = 'public:now';
	for (let round = 0; round < ROUNDS; round++) {
		const numbers = [];
		const leave = client.follow(topic, { onEvent: ({ seq }) => numbers.push(seq) });
		await sleep(12);
		await publish(topic, 2);
		await sleep(Math.random() * LATE_MS);
		await waitFor('an event', async () => {
			await publish(topic);
			return numbers.length > 0;
		});
		assert.deepEqual(numbers, numbers.map((_, i) => numbers[0] + i));
		leave();
		await sleep(12 + Math.random() * 10);
	}
	assert.equal(LateSocket.opened, 1);
});

test('a right that was taken back and given again while commands cross ends no new follow, and leaves no old one', async (t) => {
	await site.sql(`create table public.open_room (topic text primary key)`);
	await site.sql(`create or replace function pgbell.may_follow(user_id text, topic text) returns boolean language sql stable security definer set search_path = public, pg_temp
		as $$ select starts_with($2, 'public:') or exists (select from open_room r where r.topic = $2) $$`);
	const client = await open(t);
	const topic = 'room:crossing';
	const give = () => site.sql('insert into public.open_room values ($1) on conflict do nothing', [topic]);
	await give();
	let numbers = [], leave = () => {}, isFollowing = false;
	const follow = () => {
		isFollowing = true;
		leave = client.follow(topic, { after: numbers.at(-1) ?? 0, onEvent: ({ seq }) => numbers.push(seq), onUnfollowed() { isFollowing = false; } });
	};
	for (let round = 0; round < ROUNDS; round++) {
		if (!isFollowing)
			follow();
		await publish(topic, 2);
		await sleep(Math.random() * LATE_MS);
		await site.sql('with gone as (delete from public.open_room returning topic) select pgbell.ring_topics(array(select topic from gone))');
		leave();
		await sleep(12);
		await give();
		follow();
		await sleep(Math.random() * 2 * LATE_MS);
	}
	await waitFor('all of it', async () => {
		if (!isFollowing)
			follow();
		await publish(topic);
		const [{ seq }] = await site.sql('select pgbell.topic_seq($1)::int as seq', [topic]);
		await sleep(3 * LATE_MS);
		return numbers.at(-1) === seq;
	});
	assert.deepEqual(numbers, numbers.map((_, i) => i + 1));
});
