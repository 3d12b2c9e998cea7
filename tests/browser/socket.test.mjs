// `transport: 'websocket'` on the client's bad days, without a page: the same events, and what stands behind it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventSource } from 'eventsource';
import { WebSocket as NodeWebSocket } from 'ws';
import { createNotificationSSE } from '../../deploy/www/js/sse.js';
import { waitFor } from '../lib/wait.mjs';
import { startBadDays } from './bad-day-server.mjs';

const HASTE = { first_ms: 10, cap_ms: 40, open_ms: 3000, return_ms: 2000, poll_ms: 100, word_ms: 200 };
const [A, B] = ['public:a', 'public:b/1'];

/* That it fails is no uncaught exception, as in a browser. */
class WebSocket extends NodeWebSocket {
	constructor(address) {
		super(address);
		this.on('error', () => {});
	}
}

/* A server on such a day, and a client there that follows A. */
async function open(t, day, options = {}) {
	const server = await startBadDays();
	const events = [];
	const client = createNotificationSSE({
		api: server.api(day),
		transport: 'websocket',
		WebSocket,
		EventSource,
		timing: HASTE,
		...options,
		onEvent: (event) => events.push(event),
	});
	t.after(() => {
		client.close();
		server.stop();
	});
	const told = {};
	const ends = [];
	function follow(topic, after) {
		told[topic] ??= [];
		return client.follow(topic, {
			after,
			onEvent: ({ seq }) => told[topic].push(seq),
			onReset: ({ seq, reason }) => told[topic].push(`${reason} ${seq}`),
			onUnfollowed: (end) => ends.push(end),
		});
	}
	follow(A, 0);
	const all = (topic) =>
		waitFor(`all of ${topic}`, () => told[topic].length >= server.published(topic).length).then(() =>
			assert.deepEqual(told[topic], server.published(topic)),
		);
	const own = () => events.filter(({ type }) => type === 'new_notification').map(({ seq }) => seq);
	const status = (word) => waitFor(word, () => client.status === word);
	return { server, client, events, told, ends, follow, all, own, status };
}

/* What a page has found out about the door is the site's, and kept: each test begins anew. */
function forget(t) {
	const kept = new Map();
	globalThis.localStorage = {
		getItem: (name) => kept.get(name) ?? null,
		setItem: (name, value) => kept.set(name, String(value)),
	};
	t.after(() => delete globalThis.localStorage);
	return kept;
}

test('a socket brings both logs, and topics come and go by commands', async (t) => {
	const { server, told, follow, all, own, status, ends } = await open(t, '/fine', { after: 0 });
	await status('live');
	server.ring();
	server.publish(A);
	for (let i = 0; i < 3; i++) server.publish(B);
	await all(A);
	const unfollow = follow(B, 1);
	await waitFor('what B has behind 1', () => told[B].length === 2);
	const [stream] = server.open;
	follow('private:1');
	await waitFor('its end', () => ends.length === 1);
	assert.deepEqual(ends, [{ topic: 'private:1', reason: 'forbidden' }]);
	follow('public:late', 9);
	await waitFor('the reset', () => told['public:late'].length === 1);
	unfollow();
	await waitFor('the fourth command', () => stream.commands === 4);
	server.publish(B);
	server.publish(A);
	await all(A);
	assert.deepEqual([own(), told[B], told['public:late']], [[1], [2, 3], ['unknown 0']]);
	assert.deepEqual([server.sockets.length, server.streams.length, server.readings.length], [1, 0, 0]);
});

test('a socket that is cut comes back from where it was, after the wait that was asked for', async (t) => {
	const { server, told, follow, all, own, status } = await open(t, '/asks-for-half-a-second', { after: 0 });
	follow(B, 0);
	server.publish(A);
	server.ring();
	await waitFor('the second', () => server.sockets.length === 2);
	const [first, second] = server.sockets;
	assert.ok(second.at - first.at >= 490, `came back after ${second.at - first.at} ms`);
	await status('live');
	for (let i = 0; i < 5; i++) {
		const { length } = server.sockets;
		server.publish(A);
		server.publish(B);
		server.ring();
		server.cut();
		server.publish(A);
		await waitFor('the next', () => server.sockets.length > length);
	}
	await Promise.all([all(A), all(B)]);
	await waitFor('the own log', () => own().length === server.log.length);
	assert.deepEqual(told[A], server.published(A));
	assert.equal(server.streams.length, 0);
	assert.match(server.sockets.at(-1).url, /last_event_id=\d+&topic=public:a=\d+&topic=public:b\/1=\d+$/);
});

for (const [day, why] of [
	['/no-socket', 'where there is no such door'],
	['/silent-socket', 'where a proxy holds it back'],
])
	test(`${why} the stream is asked at once, and the door is left alone`, async (t) => {
		const kept = forget(t);
		const timing = { ...HASTE, ...(day === '/silent-socket' && { open_ms: 300 }) };
		const { server, client, all, status } = await open(t, day, { after: 0, timing });
		await status('live');
		server.publish(A);
		await all(A);
		for (let i = 0; i < 3; i++) {
			const { length } = server.streams;
			server.cut();
			server.publish(A);
			await waitFor('the next stream', () => server.streams.length > length);
			await all(A);
		}
		assert.equal(server.sockets.length, 1);
		assert.ok(Number(kept.get('pgbell-socket-shut')) > Date.now() - 30_000, 'for all pages of the site');
		client.close();
	});

test('where neither can be had it polls, and comes back by the first that opens', async (t) => {
	forget(t);
	t.mock.method(console, 'warn', () => {});
	const { server, all, status } = await open(t, '/500', { after: 0 });
	server.publish(A);
	await status('polling');
	await all(A);
	assert.ok(server.sockets.length >= 2 && server.streams.length >= 2, 'both doors are tried by turns');
	server.heal();
	await status('live');
	server.publish(A);
	await all(A);
});

test('a browser with a WebSocket alone never asks the other door', async (t) => {
	forget(t);
	t.mock.method(console, 'warn', () => {});
	const { server, all, status } = await open(t, '/500', { EventSource: null, after: 0 });
	await status('polling');
	server.heal();
	await status('live');
	server.publish(A);
	await all(A);
	assert.equal(server.streams.length, 0);
});

test('a command that cannot be done now is done by a new socket', async (t) => {
	forget(t);
	const { server, told, follow, status } = await open(t, '/fine', { after: 0 });
	await status('live');
	server.topics.isBusy = true;
	follow(B, 0);
	server.publish(B);
	await waitFor('a new socket', () => server.sockets.length === 2);
	await waitFor('the event', () => told[B].length === 1);
	assert.match(server.sockets[1].url, /&topic=public:b\/1=0$/);
});

test('a socket that goes silent is dead, and each has a ticket of its own', async (t) => {
	forget(t);
	const { server, all, status } = await open(t, '/goes-silent', { after: 0, token: () => 'the-secret' });
	server.publish(A);
	await waitFor('the second', () => server.sockets.length >= 2);
	await status('live');
	await all(A);
	const tickets = server.sockets.map(({ url }) => /ticket=([^&]+)/.exec(url)?.[1]);
	assert.equal(new Set(tickets).size, server.sockets.length);
	assert.ok(tickets.every(Boolean));
});
