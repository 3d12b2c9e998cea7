/*
 * The tabs of a browser that follow topics: one stream brings what all of them follow, and whichever tab
 * holds it, each has what it follows once and in order.  Each client here is a tab: they hear of each other
 * by Node's own BroadcastChannel.
 */

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { EventSource as Client } from 'eventsource';
import { fetch } from 'undici';
import { createNotificationSSE } from '../../deploy/www/js/sse.js';
import { waitFor } from '../lib/wait.mjs';
import { startBadDays } from './bad-day-server.mjs';

const TIMING = {
	first_ms: 10,
	cap_ms: 40,
	open_ms: 3000,
	return_ms: 2000,
	poll_ms: 100,
	beat_ms: 1000,
	word_ms: 3000,
};
const [A, B, C] = ['public:a', 'public:b', 'public:c'];

/* Node 18's own fetch() keeps an answer open that was given up behind its first events. */
class EventSource extends Client {
	constructor(url, options) {
		super(url, { ...options, fetch });
	}
}

before(() => {
	globalThis.window = new EventTarget();
	globalThis.document = Object.assign(new EventTarget(), { hidden: false });
});

const topicsOf = ({ url }) =>
	new URL(url, 'http://x').searchParams.getAll('topic').map((one) => one.split('=')[0]);

/* A server, and tabs of one person in front of it; {topic: after} is what each follows. */
async function site(t, name = '/fine') {
	const server = await startBadDays();
	const tabs = [];
	t.after(() => {
		for (const tab of tabs) tab.close();
		server.stop();
	});

	function open(topics, options = {}) {
		const own = [];
		const client = createNotificationSSE({
			api: server.api(name),
			EventSource,
			timing: TIMING,
			...options,
			onEvent: ({ type, seq }) => type === 'new_notification' && own.push(seq),
		});
		const told = {};
		const ends = {};
		const tab = { client, told, ends, own, close: client.close, follow };
		function follow(topic, after) {
			told[topic] = [];
			tab.unfollow = client.follow(topic, {
				after,
				onEvent: ({ seq }) => told[topic].push(seq),
				onReset: ({ seq }) => told[topic].push(`reset ${seq}`),
				onUnfollowed: ({ reason }) => (ends[topic] = reason),
			});
		}
		for (const [topic, after] of Object.entries(topics)) follow(topic, after);
		tabs.push(tab);
		return tab;
	}

	/* The open stream, once there is one and it brings these. */
	const stream = (...topics) =>
		waitFor(`one stream of ${topics}`, () => {
			const [last] = server.open;
			return server.open.size === 1 && topicsOf(last).sort().join() === topics.sort().join() && last;
		});
	const has = (tab, topic, numbers) =>
		waitFor(`${numbers} of ${topic}`, () => tab.told[topic].length >= numbers.length && tab.told[topic]).then((told) =>
			assert.deepEqual(told, numbers),
		);
	const leader = () => waitFor('one that leads', () => tabs.find(({ client }) => client.leads));
	return { server, tabs, open, stream, has, leader };
}

const KNOWN = { person: '7', after: 0 };

test('one stream brings what all tabs follow, and what none follows any more it does not', async (t) => {
	const { server, open, stream, has } = await site(t);
	const first = open({ [A]: 0 }, KNOWN);
	await stream(A);
	const second = open({ [B]: 0, [A]: 0 }, KNOWN);
	const bell = open({}, KNOWN);
	await stream(A, B);
	server.publish(A);
	server.publish(B);
	server.ring();
	await Promise.all([has(first, A, [1]), has(second, A, [1]), has(second, B, [1])]);
	for (const { own } of [first, second, bell]) await waitFor('the bell', () => own.length === 1);
	second.close();
	await stream(A);
	server.publish(A);
	await has(first, A, [1, 2]);
	assert.equal(server.readings.filter(({ topic }) => topic).length, 0);
});

test('a tab whose page has a bell alone holds the stream for what others follow', async (t) => {
	const { server, open, stream, has } = await site(t);
	const bell = open({}, KNOWN);
	await stream();
	const other = open({ [A]: undefined }, KNOWN);
	await stream(A);
	assert.equal(bell.client.leads, true);
	server.publish(A);
	await has(other, A, [1]);
	other.follow(B, 0);
	server.publish(B);
	await has(other, B, [1]);
});

test('whichever tab holds the stream next, nothing is lost or doubled', async (t) => {
	const { server, tabs, open, stream, has } = await site(t);
	for (let i = 0; i < 4; i++) open({ [A]: 0, [[A, B, C, B][i]]: 0 }, KNOWN);
	await stream(A, B, C);
	const all = { [A]: [], [B]: [], [C]: [] };
	const publish = (times) => {
		for (let n = 0; n < times; n++)
			for (const topic of [A, B, C]) {
				server.publish(topic);
				all[topic].push(all[topic].length + 1);
			}
	};
	while (tabs.length > 0) {
		publish(2);
		for (const tab of tabs) for (const topic of Object.keys(tab.told)) await has(tab, topic, all[topic]);
		const leading = await waitFor('one that leads', () => tabs.findIndex(({ client }) => client.leads) + 1);
		publish(1);
		const [tab] = tabs.splice(leading - 1, 1);
		tab.close();
		publish(1);
	}
	await waitFor('the end of all streams', () => server.open.size === 0);
});

test('a tab that comes late has what it missed, and where others are', async (t) => {
	const { server, open, stream, has } = await site(t);
	const first = open({ [A]: 0 }, KNOWN);
	await stream(A);
	for (let i = 0; i < 5; i++) server.publish(A);
	await has(first, A, [1, 2, 3, 4, 5]);
	const late = open({ [A]: 2 }, KNOWN);
	const fresh = open({ [A]: undefined }, KNOWN);
	await has(late, A, [3, 4, 5]);
	await waitFor('its beginning', () => fresh.client.status === 'live');
	server.publish(A);
	await Promise.all([has(first, A, [1, 2, 3, 4, 5, 6]), has(late, A, [3, 4, 5, 6])]);
	await waitFor('the next in the fresh one', () => fresh.told[A].at(-1) === 6);
});

test('a topic that may not be followed any more ends in every tab, and the rest goes on', async (t) => {
	const { server, open, stream, has } = await site(t);
	const [first, second] = [open({ [A]: 0, [B]: 0 }, KNOWN), open({ [A]: 0 }, KNOWN)];
	await stream(A, B);
	await waitFor('both live', () => second.client.status === 'live');
	server.forbid(A);
	await waitFor('the end of it', () => first.ends[A] && second.ends[A]);
	server.publish(B);
	await has(first, B, [1]);
});

test('a server that knows no topics says so to the page of each tab', async (t) => {
	const { open } = await site(t, '/knows-no-topics');
	const tabs = [open({}, KNOWN), open({ [A]: 0 }, KNOWN), open({ [B]: 0 }, KNOWN)];
	await waitFor('both ends', () => tabs[1].ends[A] && tabs[2].ends[B]);
	assert.deepEqual([tabs[1].ends[A], tabs[2].ends[B]], ['unsupported', 'unsupported']);
});

test('visitors share a stream too, and it ends with the last that follows', async (t) => {
	const { server, open, stream, has } = await site(t, '/nobody');
	const [first, second] = [open({ [A]: 0 }, { visitor: true }), open({ [B]: 0 }, { visitor: true })];
	await stream(A, B);
	server.publish(A);
	server.publish(B);
	await Promise.all([has(first, A, [1]), has(second, B, [1])]);
	first.unfollow();
	await stream(B);
	server.publish(B);
	await has(second, B, [1, 2]);
	second.unfollow();
	await waitFor('none', () => server.open.size === 0);
	assert.deepEqual([first.client.status, second.client.status], ['idle', 'idle']);
});

test('without a stream one tab reads for all, and what it reads is there once', async (t) => {
	t.mock.method(console, 'warn', () => {});
	const { server, open, stream, has } = await site(t, '/500');
	const first = open({ [A]: 0 }, KNOWN);
	const second = open({ [A]: 0, [B]: 0 }, KNOWN);
	await waitFor('polling', () => second.client.status === 'polling');
	for (let i = 0; i < 4; i++) server.publish(A);
	server.publish(B);
	await Promise.all([has(first, A, [1, 2, 3, 4]), has(second, A, [1, 2, 3, 4]), has(second, B, [1])]);
	server.heal();
	await stream(A, B);
	server.publish(A);
	server.publish(B);
	await Promise.all([has(first, A, [1, 2, 3, 4, 5]), has(second, A, [1, 2, 3, 4, 5]), has(second, B, [1, 2])]);
});

test('a tab that has gone without a word is found out by the roll', async (t) => {
	const { server, open, stream, has } = await site(t);
	const first = open({ [A]: 0 }, KNOWN);
	await stream(A);
	const gone = new BroadcastChannel(`pgbell 2 ${server.api('/fine')} of 7`);
	t.after(() => gone.close());
	gone.postMessage({ word: { follows: { tab: 'gone', topics: { [B]: null }, looked: 0 } } });
	await stream(A, B);
	const last = open({ [C]: 0 }, KNOWN);
	await stream(A, B, C);
	for (let i = 0; i < 6 && topicsOf([...server.open][0]).includes(B); i++) {
		const { length } = server.streams;
		server.beat();
		server.publish(A);
		await waitFor('the beat', () => first.told[A].length === i + 1);
		if (i >= 3) await waitFor('the next', () => server.streams.length > length);
	}
	await stream(A, C);
	server.publish(C);
	await has(last, C, [1]);
});

test('an event that cannot be told from tab to tab is read', async (t) => {
	const { server, open, stream, has } = await site(t);
	const [first, second] = [open({ [A]: 0 }, KNOWN), open({ [A]: 0 }, KNOWN)];
	await stream(A);
	await waitFor('both live', () => first.client.status === 'live' && second.client.status === 'live');
	const { postMessage } = BroadcastChannel.prototype;
	t.mock.method(BroadcastChannel.prototype, 'postMessage', function (message) {
		if (message.event?.type === 'published') throw new RangeError('too deep');
		postMessage.call(this, message);
	});
	server.publish(A);
	server.publish(A);
	await Promise.all([has(first, A, [1, 2]), has(second, A, [1, 2])]);
	assert.ok(server.readings.some(({ topic }) => topic === A));
});
