// createNotificationSSE() on its bad days, without a page.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventSource } from 'eventsource';
import { createNotificationSSE } from '../../deploy/www/js/sse.js';
import { PATIENCE_MS } from '../lib/wait.mjs';
import { startBadDays } from './bad-day-server.mjs';

const HASTE = {
	first_ms: 10,
	cap_ms: 40,
	open_ms: 3000, // long enough for what opens at all, also when the machine stands still
	return_ms: 2000,
	poll_ms: 100,
};

/* A client on such a day, and what it was told; until(condition) waits for that. */
async function onDay(t, day, options = {}) {
	const server = await startBadDays();
	const told = { events: [], statuses: [] };
	const waiting = new Set();
	const look = () => [...waiting].forEach((one) => one());
	const client = createNotificationSSE({
		api: server.api(day),
		EventSource,
		timing: HASTE,
		...options,
		onEvent(event) {
			told.events.push(event);
			look();
		},
		onStatus(status) {
			told.statuses.push(status);
			look();
		},
	});
	t.after(() => {
		client.close();
		server.stop();
	});

	function until(what, condition) {
		return new Promise((resolve, reject) => {
			const timer = setTimeout(
				() => end(reject, new Error(`${what}: ${JSON.stringify(told)}`)),
				PATIENCE_MS,
			);
			const one = () => condition() && end(resolve);
			function end(how, value) {
				clearTimeout(timer);
				waiting.delete(one);
				how(value);
			}
			waiting.add(one);
			one();
		});
	}

	const numbers = () =>
		told.events.filter(({ type }) => type === 'new_notification').map(({ seq }) => seq);
	return {
		server,
		client,
		told,
		numbers,
		until,
		status: (status) => until(status, () => client.status === status),
		/* Every event of the log, once and in order. */
		async all() {
			const last = server.log.at(-1).seq;
			await until(`number ${last}`, () => numbers().includes(last));
			assert.deepEqual(
				numbers(),
				server.log.map(({ seq }) => seq),
			);
		},
	};
}

/* The warnings of the console during a test. */
function warnings(t) {
	const { mock } = t.mock.method(console, 'warn', () => {});
	return () => mock.calls.map((call) => call.arguments[0]);
}

test('on a fine day events come in order, and the handler of each is called', async (t) => {
	const heard = [];
	const { server, client, status, all } = await onDay(t, '/fine', {
		handlers: {
			connected: (data) => heard.push(data.user_id),
			new_notification: (data, { seq }) => heard.push([data.id, seq]),
		},
	});
	await status('live');
	server.ring();
	server.ring();
	await all();
	assert.deepEqual(heard, ['7', [1, 1], [2, 2]]);
	assert.equal(client.seq, 2);
});

test('a stream that closes after each event loses and doubles none', async (t) => {
	const { server, status, all } = await onDay(t, '/closes-after-each-event');
	await status('live');
	for (let i = 0; i < 12; i++) server.ring();
	await all();
	assert.equal(server.readings.length, 0, 'the stream itself brought them');
});

test('a stream that says everything twice is heard once', async (t) => {
	const { server, status, all } = await onDay(t, '/says-everything-twice');
	await status('live');
	for (let i = 0; i < 5; i++) server.ring();
	await all();
});

test('what a stream leaves out is read from the log', async (t) => {
	const { server, status, all } = await onDay(t, '/leaves-every-second-out', { after: 0 });
	await status('live');
	for (let i = 0; i < 6; i++) server.ring();
	await all();
	assert.ok(server.readings.length > 0);
});

test('what cannot be read from the log is asked for until it is there', async (t) => {
	const { server, status, all } = await onDay(t, '/leaves-every-second-out', { after: 0 });
	await status('live');
	server.refuse(2);
	server.ring();
	server.ring();
	await all();
});

test('numbers rise, and may leap', async (t) => {
	const { server, status, all } = await onDay(t, '/fine', { after: 0 });
	await status('live');
	server.ring();
	server.ring({ leap: 1_000_000 });
	await all();
	server.ring();
	await all();
	assert.equal(server.readings.length, 0, 'nobody waits for numbers that were never given');
});

test('a number that no event has is looked for once', async (t) => {
	const { server, client, until, status, all } = await onDay(t, '/fine', { after: 0 });
	await status('live');
	server.ring();
	await all();
	server.leapTo(6000);
	await until('the place behind the leap', () => client.seq === 6000 || undefined);
	server.ring();
	await all();
	assert.equal(server.readings.length, 1);
});

test('a stream that begins elsewhere than we were is not trusted with what lies between', async (t) => {
	const day = '/does-not-know-where-we-were';
	const { server, status, all, until, numbers } = await onDay(t, day);
	await status('live');
	server.ring();
	await all();
	server.cut();
	server.ring();
	server.ring();
	await until('what was missed', () => numbers().length === 3 || undefined);
	server.ring();
	await all();
});

test('an event that is no JSON costs a stream and no event', async (t) => {
	const { mock } = t.mock.method(console, 'error', () => {});
	const { server, status, all } = await onDay(t, '/cuts-a-text-short', { after: 0 });
	await status('live');
	server.ring();
	await all();
	assert.equal(mock.calls.length, 1, 'and it is told');
});

test('the wait that a refused reading asks for is kept', async (t) => {
	const { server, until, status, all } = await onDay(t, '/500', { after: 0 });
	server.refuse(1, 1);
	server.ring();
	await until('the second reading', () => server.readings.length === 2 || undefined);
	const [first, second] = server.readings;
	assert.ok(second.at - first.at >= 990, `asked again after ${second.at - first.at} ms`);
	server.heal();
	await status('live');
	await all();
});

test('two refusals, and the third attempt is live', async (t) => {
	const { server, status, all, told } = await onDay(t, '/500-twice-then-fine', { after: 0 });
	server.ring();
	await status('live');
	await all();
	assert.equal(server.streams.length, 3);
	assert.ok(!told.statuses.includes('polling'));
});

for (const day of [
	'/500',
	'/204',
	'/not-an-event-stream',
	'/accepts-and-says-nothing',
	'/never-answers',
	'/buffers-everything',
])
	test(`${day}: after five attempts it polls, and returns when the stream works`, async (t) => {
		const warned = warnings(t);
		// An attempt that is answered is not to be given up before a busy machine has got it there.
		const timing = { ...HASTE, open_ms: /nothing|never|buffers/.test(day) ? 150 : 10_000 };
		const { server, told, status, all } = await onDay(t, day, { after: 0, timing });
		server.ring();
		await status('polling');
		assert.equal(server.streams.length, 5);
		server.ring();
		await all();
		server.heal();
		server.ring();
		await status('live');
		server.ring();
		await all();
		assert.equal(told.statuses.at(-1), 'live');
		assert.equal(warned().length, 1);
		assert.match(warned()[0], /falling back to polling/);
	});

test('where there is no EventSource it polls from the start', async (t) => {
	warnings(t);
	const { server, status, all } = await onDay(t, '/fine', {
		EventSource: null,
		after: 0,
	});
	server.ring();
	await status('polling');
	server.ring();
	await all();
	assert.equal(server.streams.length, 0);
});

test('polling that begins without a number begins with the present one', async (t) => {
	warnings(t);
	const { server, until, status, numbers } = await onDay(t, '/500');
	server.ring();
	await status('polling');
	server.ring();
	await until('an event', () => numbers().length > 0);
	assert.deepEqual(numbers().at(-1), 2);
});

test('the wait that the server asks for is kept', async (t) => {
	const { server, until } = await onDay(t, '/asks-for-half-a-second');
	await until('the second stream', () => server.streams.length === 2 || undefined);
	const [first, second] = server.streams;
	assert.ok(second.at - first.at >= 490, `came back after ${second.at - first.at} ms`);
});

test('with a ticket the wait that the server asks for is kept too', async (t) => {
	const { server, until, status, all } = await onDay(t, '/asks-for-half-a-second', {
		token: () => 'the-secret',
		after: 0,
	});
	server.ring();
	await until('the second stream', () => server.streams.length === 2 || undefined);
	const [first, second] = server.streams;
	assert.ok(second.at - first.at >= 490, `came back after ${second.at - first.at} ms`);
	await status('live');
	await all();
	assert.equal(server.readings.length, 0, 'nothing had to be read');
});

test('a stream that goes silent is dead, and is replaced', async (t) => {
	const { server, told, status, until, all } = await onDay(t, '/goes-silent', { after: 0 });
	await status('live');
	server.ring();
	await all();
	await until('live again', () => told.statuses.at(-1) === 'live');
	assert.match(server.streams.at(-1).url, /last_event_id=/);
	assert.ok(server.streams.length >= 2);
});

test('a stream that a browser ends without a word is replaced', async (t) => {
	class Kept extends EventSource {
		constructor(...how) {
			super(...how);
			Kept.latest = this;
		}
	}
	const { server, told, status, until, all } = await onDay(t, '/fine', {
		after: 0,
		EventSource: Kept,
		timing: { ...HASTE, look_ms: 20 },
	});
	await status('live');
	Kept.latest.close();
	server.ring();
	await until('live again', () => told.statuses.filter((it) => it === 'live').length === 2);
	await all();
});

/* Sets the clock of this process back, from now on. */
function setBack(t, by_ms) {
	const now = Date.now;
	t.mock.method(Date, 'now', () => now() - by_ms);
}

test('a clock that is set back makes no dead stream live', async (t) => {
	const { server, told, status, until } = await onDay(t, '/goes-silent', { after: 0 });
	await status('live');
	setBack(t, 3_600_000);
	server.ring();
	await until('live again', () => told.statuses.filter((it) => it === 'live').length === 2);
	assert.equal(server.streams.length, 2);
});

test('a clock that is set back does not stop the polling', async (t) => {
	warnings(t);
	const { server, status, all } = await onDay(t, '/500', { after: 0 });
	await status('polling');
	setBack(t, 3_600_000);
	server.ring();
	await all();
});

test('a reset sets the number, also back', async (t) => {
	const { server, client, status, until, told } = await onDay(t, '/forgets');
	server.ring();
	server.ring();
	await status('live');
	server.log.pop();
	server.cut();
	await until('the reset', () => told.events.some(({ type }) => type === 'reset'));
	assert.equal(client.seq, 1);
});

test('when nobody is signed in it says so and asks no more', async (t) => {
	const { server, told, status } = await onDay(t, '/signed-out');
	await status('signed out');
	assert.deepEqual(told.events, [
		{ type: 'session_ended', seq: null, data: { reason: 'unknown' } },
	]);
	const asked = server.streams.length;
	await sleep(4 * HASTE.poll_ms);
	assert.equal(server.streams.length, asked);
});

test('a bearer token mints a ticket for each connection and stays out of the address', async (t) => {
	const { server, status, until, told, all } = await onDay(t, '/closes-after-each-event', {
		token: () => 'the-secret',
	});
	await status('live');
	for (let i = 0; i < 3; i++) server.ring();
	await all();
	await until('live', () => told.statuses.at(-1) === 'live');
	const given = server.streams.map(({ url }) => /ticket=([^&]+)/.exec(url)?.[1]);
	assert.ok(given.every(Boolean));
	assert.equal(new Set(given).size, given.length, given.join(' '));
	assert.ok(!server.streams.some(({ url }) => url.includes('the-secret')));
});

test('a handler that throws costs no event, on the stream and while polling', async (t) => {
	warnings(t);
	const { mock } = t.mock.method(console, 'error', () => {});
	const { server, status, all } = await onDay(t, '/500', {
		after: 0,
		handlers: {
			new_notification() {
				throw new Error('a mistake');
			},
		},
	});
	server.ring();
	await status('polling');
	server.heal();
	await status('live');
	server.ring();
	await all();
	assert.equal(mock.calls.length, 2);
});

test('a closed client is told nothing more', async (t) => {
	const { server, client, told, status } = await onDay(t, '/fine');
	await status('live');
	client.close();
	const before = told.events.length;
	await new Promise((resolve) => {
		const other = createNotificationSSE({
			api: server.api('/fine'),
			EventSource,
			timing: HASTE,
			onStatus: (status) => status === 'live' && server.ring(),
			onEvent: ({ type }) => type === 'new_notification' && resolve(),
		});
		t.after(() => other.close());
	});
	assert.equal(told.events.length, before);
});
