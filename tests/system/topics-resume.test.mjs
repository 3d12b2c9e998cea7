// Streams that follow topics resume: by the ids and the numbers that a client comes back with, and by a reset where
// its number is none to go on from.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { EventSource } from '../lib/event-source.mjs';
import { Parser } from '../lib/sse.mjs';
import { startTopicSite } from '../lib/topic-site.mjs';
import { waitFor } from '../lib/wait.mjs';

let site, alice, bob, admin;
let fresh, publish, follow, begin;

before(async () => {
	({ site, fresh, publish, follow, begin } = await startTopicSite({ PGBELL_REPLAY_EVENTS: '100' }));
	[alice, bob] = await Promise.all([site.signUp(), site.signUp()]);
	admin = await site.connect();
});
after(() => admin?.end());
after(() => site.stop());

test('a browser\'s own EventSource with three topics is cut and misses nothing', async () => {
	const names = [fresh(), fresh(), fresh()];
	const got = new Map([...names, 'own'].map((name) => [name, []]));
	let opened = 0;
	const take = ({ event, data: told }) => {
		if (event === 'published')
			got.get(told.topic).push(told.seq);
		else if (event === 'new_notification')
			got.get('own').push(told.data.n);
		else
			assert.notEqual(event, 'reset');
		opened += event === 'connected';
	};
	const source = new EventSource(`${site.url}/api/notifications/stream?${names.map((name) => `topic=${name}`).join('&')}`, { headers: { authorization: `Bearer ${bob.token}` }, on: { event: take } });
	await waitFor('the stream', () => opened === 1);
	for (let round = 1; round <= 10; round++) {
		source.cut();
		for (const name of names)
			await publish(name);
		await site.sql(`select pgbell.notify($1, 'test', $2)`, [String(bob.id), { n: round }]);
		if (round % 2 === 0)
			await waitFor('it to be back', () => opened > round / 2);
	}
	const right = Array.from({ length: 10 }, (_, i) => i + 1);
	await waitFor('all events', () => [...got.values()].every((numbers) => numbers.length >= 10));
	source.close();
	for (const [name, numbers] of got)
		assert.deepEqual(numbers, right, name);
});

// What a client has when the connection ends, it comes back with; whatever it had of an event that was not whole is told again.
test('a stream that is cut at any of its bytes goes on with the rest, each event once', async () => {
	const [first, second] = [fresh(), fresh()];
	await begin(undefined, [first, second]).then(([stream]) => stream.close());
	for (const [topic, text] of [[first, 'a'], [second, 'b\nÅ'], [first, 'c'.repeat(20_000)], [second, 'd']])
		await publish(topic, { text });
	const whole = await follow(undefined, [`${first}=0`, `${second}=0`]);
	for (let n = 0; n < 4; n++)
		await whole.next('published');
	whole.close();
	const bytes = whole.text.slice(0, whole.text.lastIndexOf('\n\n') + 2);
	const rests = new Map(); // last id → how many were shown by whoever has it
	const seen = [];
	const parser = new Parser((event) => seen.push(event), () => {});
	for (const byte of bytes) {
		parser.push(byte);
		const shown = seen.filter(({ event }) => event === 'published').map(({ data }) => `${data.topic} ${data.seq}`);
		const lastId = seen.findLast(({ id }) => id !== undefined)?.id;
		if (lastId !== undefined)
			assert.deepEqual(rests.get(lastId) ?? shown, shown, `who comes back with ${lastId} has ${shown}`);
		if (lastId !== undefined)
			rests.set(lastId, shown);
	}
	assert.equal(rests.size, 5);
	for (const [lastEventId, shown] of rests) {
		const [stream] = await begin(undefined, [first, second], { lastEventId });
		const all = [...shown];
		while (all.length < 4)
			all.push(await stream.next('published').then(({ data }) => `${data.topic} ${data.seq}`));
		assert.equal(new Set(all).size, 4, `after ${lastEventId}: ${all}`);
		for (const topic of [first, second])
			assert.deepEqual(all.filter((one) => one.startsWith(`${topic} `)), [`${topic} 1`, `${topic} 2`]);
		stream.close();
	}
});

test('numbers in the address are where it begins, those of the last event id go before them', async () => {
	const [first, second] = [fresh(), fresh()];
	for (let i = 0; i < 3; i++)
		await Promise.all([publish(first), publish(second)]);
	const [stream, { data, id }] = await begin(undefined, [`${first}=1`, `${second}=0`], { lastEventId: `;${second}=2;${fresh()}=9` });
	assert.deepEqual(data.topics, { [first]: 3, [second]: 3 });
	assert.equal(id, `;${first}=1;${second}=2`);
	const told = [await stream.next(), await stream.next(), await stream.next()].map(({ data }) => `${data.topic}=${data.seq}`);
	assert.deepEqual(told.sort(), [`${first}=2`, `${first}=3`, `${second}=3`].sort());
	stream.close();
	const [again] = await begin(undefined, [first], { query: { last_event_id: `;${first}=2` } });
	assert.equal((await again.next()).data.seq, 3);
	again.close();
});

test('a topic beyond its log is reset alone, and so is one whose log was trimmed or that was missed too long', async () => {
	const [well, beyond, trimmed, far] = [fresh(), fresh(), fresh(), fresh()];
	for (const topic of [well, beyond, trimmed, trimmed])
		await publish(topic);
	await site.sql(`insert into pgbell.publication (topic, kind) select $1, 'test' from generate_series(1, 101)`, [far]);
	await site.sql(`delete from pgbell.event where address = chr(1) || $1 and seq = 1`, [trimmed]);
	const { body: { seq } } = await site.api('GET', '/api/notifications/unread-count', { token: alice.token });
	const [stream, { id }] = await begin(alice, [well, beyond, trimmed, far], { lastEventId: `${seq};${well}=0;${beyond}=2;${trimmed}=0;${far}=0` });
	assert.equal(id, `${seq};${well}=0;${beyond}=2;${trimmed}=0;${far}=0`); // whoever loses the link here comes back with these
	const resets = [await stream.next(), await stream.next(), await stream.next()];
	assert.deepEqual(resets.map(({ event, data, id }) => [event, data, id]), [
		['reset', { topic: beyond, reason: 'unknown', seq: 1 }, `${seq};${well}=0;${beyond}=1;${trimmed}=0;${far}=0`],
		['reset', { topic: trimmed, reason: 'trimmed', seq: 2 }, `${seq};${well}=0;${beyond}=1;${trimmed}=2;${far}=0`],
		['reset', { topic: far, reason: 'too_far', seq: 101 }, `${seq};${well}=0;${beyond}=1;${trimmed}=2;${far}=101`]]);
	assert.equal((await stream.next()).event, 'unread_count');
	assert.deepEqual((await stream.next()).data.topic, well);
	await publish(beyond);
	assert.equal((await stream.next()).id, `${seq};${well}=1;${beyond}=2;${trimmed}=2;${far}=101`);
	stream.close();
});

test('a log that is trimmed under a stream that is open resets that topic alone', async () => {
	const [gone, well] = [fresh(), fresh()];
	await publish(gone);
	const [stream] = await begin(undefined, [gone, well]);
	await admin.query('begin');
	await admin.query(`select pgbell.publish($1, 'test') from generate_series(1, 2)`, [gone]);
	await admin.query('commit');
	await stream.next('published');
	await stream.next('published');
	await site.sql(`delete from pgbell.event where address = chr(1) || $1`, [gone]);
	await site.sql(`update pgbell.inbox set seq = seq + 5 where address = chr(1) || $1`, [gone]);
	await site.sql(`select pg_notify('pgbell', chr(1) || $1)`, [gone]);
	const { event, data, id } = await stream.next();
	assert.deepEqual([event, data, id], ['reset', { topic: gone, reason: 'trimmed', seq: 8 }, `;${gone}=8;${well}=0`]);
	stream.close();
});
