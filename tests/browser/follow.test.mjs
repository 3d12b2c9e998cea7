// follow() on the client's bad days, without a page: each topic's events once and in order, whatever happens.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventSource } from 'eventsource';
import { createNotificationSSE } from '../../deploy/www/js/sse.js';
import { createNotifications } from '../../deploy/www/js/notifications.js';
import { waitFor } from '../lib/wait.mjs';
import { startBadDays } from './bad-day-server.mjs';

const HASTE = { first_ms: 10, cap_ms: 40, open_ms: 3000, return_ms: 2000, poll_ms: 100, word_ms: 200 };
const [A, B, C] = ['public:a', 'public:b/1', 'public:c~2'];

/* A server on such a day. */
async function day(t, name) {
	const server = await startBadDays();
	t.after(() => server.stop());
	return { server, api: server.api(name) };
}

/* A client there that follows nothing yet; what it follows in the same turn it asks for at once. */
function open(t, { server, api }, options = {}) {
	const events = [];
	const client = createNotificationSSE({
		api,
		EventSource,
		timing: HASTE,
		...options,
		onEvent: (event) => events.push(event),
	});
	t.after(() => client.close());
	const follow = (topic, after) => followIn(client, { topic, after, server });
	const status = (word) => waitFor(word, () => client.status === word);
	return { client, events, follow, status };
}

/* One that is followed, and what was told of it. */
function followIn(client, { topic, after, server }) {
	const told = { numbers: [], resets: [], ends: [] };
	const unfollow = client.follow(topic, {
		after,
		onEvent({ topic: its, seq, kind, data }) {
			assert.deepEqual([its, kind, data], [topic, 'told', { n: seq }]);
			told.numbers.push(seq);
		},
		onReset: (what) => told.resets.push(what),
		onUnfollowed: (what) => told.ends.push(what),
	});
	return {
		...told,
		unfollow,
		/* Each event behind `begin`, once and in order. */
		async all(begin = after ?? 0) {
			const wanted = () => server.published(topic).filter((seq) => seq > begin);
			await waitFor(`${topic} up to ${wanted().at(-1)}`, () => told.numbers.at(-1) === wanted().at(-1));
			assert.deepEqual(told.numbers, wanted());
		},
	};
}

const topicsOf = (url) => new URL(url, 'http://x').searchParams.getAll('topic');
const namesOf = ({ url }) => topicsOf(url).map((one) => one.split('=')[0]);

test('what is followed at once is opened with the rest, and begins where it is told', async (t) => {
	const site = await day(t, '/fine');
	const { server } = site;
	const { follow, status } = open(t, site);
	server.publish(A);
	server.publish(B);
	const [first, second] = [follow(A), follow(B, 0)];
	await status('live');
	server.publish(A);
	server.publish(B);
	server.ring();
	await Promise.all([first.all(1), second.all(0)]);
	assert.deepEqual(server.streams.map(({ url }) => topicsOf(url)), [[A, `${B}=0`]]);
	assert.equal(server.readings.length, 0);
});

test('what is followed later is asked for together, by one new stream that is not told of', async (t) => {
	const statuses = [];
	const site = await day(t, '/fine');
	const { server } = site;
	const { client, follow, status } = open(t, site, { after: 0 });
	await status('live');
	server.ring();
	for (let i = 0; i < 3; i++) server.publish(A);
	const first = follow(A, 1);
	const second = follow(B);
	const brief = follow(C);
	brief.unfollow();
	await first.all(1);
	assert.deepEqual(
		server.streams.map(({ url }) => topicsOf(url)),
		[[], [`${A}=1`, B]],
	);
	assert.match(server.streams[1].url, /last_event_id=1&topic=/);
	assert.equal(client.status, 'live');
	second.unfollow();
	await waitFor('a stream without it', () => server.streams.length === 3);
	server.publish(A);
	await first.all(1);
	assert.deepEqual(topicsOf(server.streams[2].url), [`${A}=3`]);
	assert.deepEqual(statuses, []);
});

test('two that follow one topic have each what is behind their own number', async (t) => {
	const site = await day(t, '/fine');
	const { server } = site;
	const { follow, status } = open(t, site);
	const first = follow(A);
	await status('live');
	for (let i = 0; i < 8; i++) server.publish(A);
	await first.all();
	const [behind, now, there] = [follow(A, 2), follow(A), follow(A, 8)];
	await behind.all();
	server.publish(A);
	await Promise.all([first.all(), behind.all(), now.all(8), there.all()]);
	assert.equal(server.streams.length, 1, 'it is brought already');
	assert.ok(server.readings.length >= 2, 'in pages');
});

test('one that is behind the end of the log is told of a reset, and nobody else', async (t) => {
	const site = await day(t, '/fine');
	const { server } = site;
	const { follow, status } = open(t, site);
	const [fine, fresh] = [follow(A), follow(B, 7)];
	server.publish(B);
	await waitFor('the reset', () => fresh.resets.length > 0);
	assert.deepEqual(fresh.resets, [{ topic: B, reason: 'unknown', seq: 1 }]);
	await status('live');
	server.publish(B);
	server.publish(A);
	await fine.all();
	await waitFor('what comes behind it', () => fresh.numbers.length > 0);
	assert.deepEqual([fresh.numbers, fine.resets], [[2], []]);
	const late = follow(B, 9);
	await waitFor('its reset', () => late.resets.length > 0);
	assert.equal(server.streams.length, 1);
});

test('what was trimmed meanwhile is told by a reset', async (t) => {
	const site = await day(t, '/fine');
	const { server } = site;
	const { follow } = open(t, site);
	for (let i = 0; i < 5; i++) server.publish(A);
	server.trim(A, 4);
	const late = follow(A, 2);
	await waitFor('the reset', () => late.resets.length > 0);
	assert.deepEqual(late.resets, [{ topic: A, reason: 'trimmed', seq: 5 }]);
	server.publish(A);
	await late.all(5);
});

for (const name of ['/closes-after-each-event', '/says-everything-twice'])
	test(`${name}: three topics and the person's own log have everything once`, async (t) => {
		const site = await day(t, name);
	const { server } = site;
	const { events, follow, status } = open(t, site, { after: 0 });
		const all = [follow(A), follow(B, 0), follow(C, 0)];
		await status('live');
		for (let i = 0; i < 12; i++) {
			for (const topic of [A, B, C]) server.publish(topic, { leap: 1 + (i % 3) });
			server.ring();
		}
		await Promise.all(all.map((one) => one.all()));
		const own = () => events.filter(({ type }) => type === 'new_notification').map(({ seq }) => seq);
		await waitFor('the last of the own log', () => own().at(-1) === 12);
		assert.deepEqual(own(), server.log.map(({ seq }) => seq));
	});

test('cut and come back: each topic from where it stopped', async (t) => {
	const site = await day(t, '/fine');
	const { server } = site;
	const { follow, status } = open(t, site);
	const all = [follow(A), follow(B), follow(C)];
	await status('live');
	for (let i = 0; i < 20; i++) {
		for (const topic of [A, B, C]) server.publish(topic);
		const { length } = server.streams;
		server.cut();
		for (const topic of [A, B]) server.publish(topic);
		await waitFor('the next stream', () => server.streams.length > length);
	}
	await Promise.all(all.map((one) => one.all()));
	assert.equal(server.readings.length, 0, 'the stream itself brought them');
});

for (const name of ['/500', '/204', '/accepts-and-says-nothing', '/nobody-and-no-stream'])
	test(`${name}: topics are read while there is no stream, and go on when there is`, async (t) => {
		t.mock.method(console, 'warn', () => {});
		const timing = { ...HASTE, open_ms: /nothing/.test(name) ? 150 : 10_000 };
		const site = await day(t, name);
	const { server } = site;
	const { client, follow, status } = open(t, site, { timing });
		for (let i = 0; i < 7; i++) server.publish(A);
		const [first, second] = [follow(A, 0), follow(B)];
		await status('polling');
		await first.all();
		server.heal();
		await status('live');
		for (const topic of [A, B, A]) server.publish(topic);
		await Promise.all([first.all(), second.all()]);
		assert.equal(client.status, 'live');
	});

test('where there is no EventSource topics are read from the start', async (t) => {
	t.mock.method(console, 'warn', () => {});
	const site = await day(t, '/fine');
	const { server } = site;
	const { follow, status } = open(t, site, { EventSource: null });
	const [first, second] = [follow(A, 0), follow(B)];
	await status('polling');
	server.publish(A);
	await first.all();
	server.publish(B);
	await second.all();
	assert.equal(server.streams.length, 0);
});

for (const visitor of [false, true])
	test(`nobody signed in${visitor ? ', and nobody asks' : ''}: what is public is followed`, async (t) => {
		const site = await day(t, '/nobody');
	const { server } = site;
	const { events, follow, status } = open(t, site, { visitor });
		const first = follow(A);
		await status('live');
		server.publish(A);
		server.cut();
		server.publish(A);
		server.beat();
		await first.all();
		assert.ok(events.every(({ type }) => ['connected', 'heartbeat'].includes(type)));
		assert.equal(server.readings.length, 0);
		assert.ok(server.streams.every(({ url }) => !/last_event_id/.test(url)));
	});

test('a visitor who follows nothing has no stream, before and after', async (t) => {
	const site = await day(t, '/nobody');
	const { server } = site;
	const { follow, status } = open(t, site, { visitor: true });
	await status('idle');
	assert.equal(server.streams.length, 0);
	const first = follow(A);
	await status('live');
	first.unfollow();
	await status('idle');
	const second = follow(B);
	await status('live');
	server.publish(B);
	await second.all();
	assert.deepEqual(server.streams.map(namesOf), [[A], [B]]);
	assert.equal(first.numbers.length, 0);
});

test('nobody signed in, and nothing that is public: it says so and asks no more', async (t) => {
	const site = await day(t, '/nobody');
	const { server } = site;
	const { follow, status } = open(t, site);
	const [first, second] = [follow('private:1'), follow('private:2')];
	await waitFor('both ends', () => first.ends.length > 0 && second.ends.length > 0);
	assert.deepEqual(first.ends, [{ topic: 'private:1', reason: 'forbidden' }]);
	await status('idle');
	assert.ok(server.streams.length <= 2);
});

test('what may not be followed is told, and the rest goes on', async (t) => {
	const site = await day(t, '/fine');
	const { server } = site;
	const { follow, status } = open(t, site);
	const [first, private_] = [follow(A), follow('private:1')];
	await waitFor('its end', () => private_.ends.length > 0);
	await status('live');
	server.publish(A);
	await first.all();
	server.forbid(A);
	await waitFor('the end of the other', () => first.ends.length > 0);
	assert.deepEqual(first.ends, [{ topic: A, reason: 'forbidden' }]);
	server.publish(A);
	server.ring();
	const late = follow(B);
	await waitFor('one that comes later', () => namesOf(server.streams.at(-1)).includes(B));
	server.publish(B);
	await late.all();
	assert.deepEqual(namesOf(server.streams.at(-1)), [B]);
	assert.deepEqual(first.numbers, [1]);
});

test('the right to follow is looked at while there is no stream, too', async (t) => {
	t.mock.method(console, 'warn', () => {});
	const site = await day(t, '/500');
	const { server } = site;
	const { follow, status } = open(t, site);
	const [first, second] = [follow(A), follow(B, 0)];
	await status('polling');
	server.forbid(A);
	await waitFor('its end', () => first.ends.length > 0);
	server.publish(B);
	await second.all();
});

test('a server that knows no topics says so to the page', async (t) => {
	const site = await day(t, '/knows-no-topics');
	const { server } = site;
	const { follow, status } = open(t, site);
	const first = follow(A);
	await waitFor('its end', () => first.ends.length > 0);
	assert.deepEqual(first.ends, [{ topic: A, reason: 'unsupported' }]);
	await status('live');
});

test('more than a stream may have are followed all the same', async (t) => {
	const site = await day(t, '/fine');
	const { server } = site;
	const { follow, status } = open(t, site);
	const topics = Array.from({ length: 35 }, (_, i) => `public:${i}`);
	const all = topics.map((topic) => follow(topic, 0));
	await status('live');
	for (const topic of topics) server.publish(topic);
	await Promise.all(all.map((one) => one.all()));
	assert.deepEqual(server.streams.map(({ url }) => topicsOf(url).length), [32]);
});

test('what a stream leaves out is told by its heartbeat, and read', async (t) => {
	const site = await day(t, '/leaves-every-second-out');
	const { server } = site;
	const { follow, status } = open(t, site);
	const first = follow(A, 0);
	await status('live');
	for (let i = 0; i < 3; i++) {
		server.refuse(2 * i);
		server.publish(A);
		server.beat();
		await first.all();
		server.publish(A);
		await first.all();
	}
});

test('a listener that throws costs no event, and nobody else', async (t) => {
	const { mock } = t.mock.method(console, 'error', () => {});
	const site = await day(t, '/fine');
	const { server } = site;
	const { client, follow, status } = open(t, site);
	const fail = () => {
		throw new Error('a mistake');
	};
	client.follow(A, { onEvent: fail });
	const first = follow(A);
	await status('live');
	server.publish(A);
	server.publish(A);
	await first.all();
	assert.equal(mock.calls.length, 2);
});

test('what is no topic is refused at once', async (t) => {
	const site = await day(t, '/fine');
	const { server } = site;
	const { client } = open(t, site);
	for (const topic of ['', 'a b', 'a;b', 'a=1', 'ä', 'x'.repeat(129), 7 + '\n', undefined + '?'])
		assert.throws(() => client.follow(topic), TypeError, topic);
	client.follow('x'.repeat(128))();
});

test('a store that is asked for by nobody goes on for a visitor', async (t) => {
	const { server, api } = await day(t, '/nobody');
	const endings = [];
	const store = createNotifications({
		api,
		EventSource,
		timing: HASTE,
		onEnded: (reason) => endings.push(reason),
	});
	t.after(() => store.stop());
	const first = followIn(store, { topic: A, server });
	store.start();
	await waitFor('the end', () => endings.length > 0);
	assert.equal(store.getSnapshot().status, 'signed out');
	await waitFor('a stream', () => server.streams.length === 1);
	server.publish(A);
	await first.all();
	store.visit();
	server.publish(A);
	await first.all();
	assert.equal(server.streams.length, 2);
	assert.deepEqual(topicsOf(server.streams[1].url), [`${A}=1`]);
	assert.deepEqual(endings, ['unknown']);
});
