// A stream that is cut short inside an event, at each of its bytes: clients of
// other people come back for it and show it once.
//
// The id is the last line of an event, since some take it for theirs as soon as
// they have read it.  What they do between the two line ends at its end, and what
// two of them do inside that line, is theirs; the tests say it as it is.

import assert from 'node:assert';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launchBrowser } from '../browser/browser.mjs';
import { startCutter } from '../lib/cutter.mjs';
import { pair, record, types } from '../lib/fastcgi.mjs';
import { nodeReaders, pageReaders, readerFiles } from '../lib/readers.mjs';
import { startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const MOST = 200; // bytes of the event that is cut, at most
const names = Array.from({ length: MOST }, (_, i) => `c${i + 1}`);

let site, browser;

before(async () => {
	site = await startSite({ env: { PGBELL_MAX_STREAMS_PER_USER: '1000', PGBELL_RETRY_MS: '300' } });
	browser = await launchBrowser();
});
after(() => browser?.close());
after(() => site.stop());

const notify = (user, text) =>
	site.sql(`insert into pgbell.notification (user_id, kind, data) values ($1, 'test', $2)`, [String(user.id), { text }]);

// What each of the streams showed, and how often it was connected, by its name.
async function openInNode(cutter, open, token) {
	const shown = Object.fromEntries(names.map((name) => [name, { connected: 0, events: [] }]));
	const closing = await Promise.all(names.map((name) => open(`${cutter.urlOf(name)}/api/notifications/stream?token=${token}`, (type, id, data) => {
		if (type === 'connected')
			shown[name].connected++;
		else
			shown[name].events.push([type, id, data]);
	})));
	return { shown: async () => shown, close: async () => closing.forEach((close) => close()) };
}

// A browser has six connections for a host, so each stream has a host of its own.
async function openInPage(cutter, open, token) {
	const context = await browser.newContext();
	const page = await context.newPage();
	await page.goto(`${cutter.url}/`);
	await page.waitForFunction('window.isReady');
	await page.evaluate(({ code, streams }) => {
		const open = eval(code); // eslint-disable-line no-eval
		window.shown = {};
		for (const [name, url] of streams) {
			const its = window.shown[name] = { connected: 0, events: [] };
			open(url, (type, id, data) => type === 'connected' ? its.connected++ : its.events.push([type, id, data]));
		}
	}, { code: open, streams: names.map((name) => [name, `http://${name}.localhost:${cutter.port}/~${name}/api/notifications/stream?token=${token}`]) });
	return { shown: () => page.evaluate(() => window.shown), close: () => context.close() };
}

// Cut the streams of a client inside an event, each behind another byte, tell of
// another event when all are back, and give what each has shown: { at: text },
// with where the event's id line begins and how long it is.
async function cutEverywhere(openAll, open, how) {
	const user = await site.signUp();
	const probe = await site.stream(user.token);
	await probe.next('unread_count');
	const cutter = await startCutter(site.url, readerFiles);
	names.forEach((name, i) => cutter.cut(name, { at: i + 1, how }));
	const client = await openAll(cutter, open, user.token);
	const all = async (isSo) => Object.values(await client.shown()).every(isSo);
	await waitFor('all to be connected', () => all(({ connected }) => connected === 1));

	await notify(user, 'Å');
	await probe.next('new_notification');
	const text = Buffer.from(probe.text.slice(probe.text.indexOf('event: new_notification')));
	const bytes = text.indexOf('\n\n') + 2;
	assert.ok(bytes > 120 && bytes <= MOST, `the event has ${bytes} bytes`);
	const cut = (shown) => names.slice(0, bytes).map((name) => shown[name]);
	await waitFor('those that were cut to be back', async () => cut(await client.shown()).every(({ connected }) => connected === 2));
	await notify(user, 'next');
	await waitFor('the next event', () => all(({ events }) => events.at(-1)?.[2].includes('next')));

	const shown = cut(await client.shown()).map(({ events }) => events.map(([type, id, data]) => `${type} ${id} ${JSON.parse(data).data.text}`).join(', '));
	await client.close();
	await cutter.stop();
	probe.close();
	return { shown: (at) => shown[at - 1], how, bytes, idAt: text.indexOf('\nid: ') + 1 };
}

const ONCE = 'new_notification 1 Å, new_notification 2 next';
const ENDS = { end: 'by an end in good order', break: 'by a broken connection' };

// What a client does that takes the id for its own before the empty line behind it: there is one byte for it,
// and a browser may have thrown that away with the connection that broke behind it.
const isLost = (at, { bytes, how }) => at === bytes - 1 && ['new_notification 2 next', ...(how === 'break' ? [ONCE] : [])];

// eventsource 2.0.2 keeps the data of an event that was cut, and shows it at the next empty line, before it is told again.
const isDoubled = (at, { bytes, idAt }) => at >= idAt && at < bytes - 1 && [`new_notification 0 Å, ${ONCE}`];

const own = {
	'eventsource 2.0.2': isDoubled,
	'@sanity/eventsource 5.0.4': isDoubled,
	'extended-eventsource 2.1.0': isLost,
	'fetch-event-source 2.0.1, thrown at its end': isLost,
};

const readers = [...Object.entries(nodeReaders).map((one) => [...one, openInNode]), ...Object.entries(pageReaders).map((one) => [...one, openInPage])];

for (const [name, open, openAll] of readers) {
	for (const how of Object.keys(ENDS)) {
		// sse.js takes what stands before an end in good order for an event; see the last tests for why there is no such end.
		if (name.startsWith('sse.js') && how === 'end')
			continue;
		test(`an event that is cut ${ENDS[how]} is shown once: ${name}`, async () => {
			const cut = await cutEverywhere(openAll, open, how);
			for (let at = 1; at <= cut.bytes; at++) {
				const right = own[name]?.(at, cut) || [ONCE];
				assert.ok(right.includes(cut.shown(at)), `cut behind ${at} of ${cut.bytes} bytes: ${cut.shown(at)}, not ${right.join(' or ')}`);
			}
		});
	}
}

// --- an end in good order is never inside an event -------------------------------

// Ask for a stream as a web server does that does not read on, and read when that is said.
async function askLazily(user) {
	const socket = net.connect(join(site.state, 'run/stream.sock'));
	const variables = { REQUEST_METHOD: 'GET', REQUEST_URI: '/api/notifications/stream', HTTP_AUTHORIZATION: `Bearer ${user.token}` };
	socket.write(Buffer.concat([record(types.BEGIN, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])),
		record(types.PARAMS, Buffer.concat(Object.entries(variables).map(pair))), record(types.PARAMS), record(types.STDIN)]));
	const [first] = await once(socket, 'data');
	socket.pause();
	return {
		async rest() {
			const parts = [first];
			socket.on('data', (part) => parts.push(part));
			socket.resume();
			await once(socket, 'close');
			return Buffer.concat(parts);
		},
	};
}

// The content of the records; asserts that the last one is whole.
function contentOf(bytes) {
	const parts = [];
	let at = 0;
	while (at < bytes.length) {
		const length = bytes.readUInt16BE(at + 4);
		assert.ok(at + 8 + length <= bytes.length, 'the last record is whole');
		parts.push(bytes.subarray(at + 8, at + 8 + length));
		at += 8 + length;
	}
	return Buffer.concat(parts).toString();
}

test('a process that is killed leaves no half event behind in a web server that is slow', async () => {
	const user = await site.signUp();
	const lazy = await Promise.all(Array.from({ length: 8 }, () => askLazily(user)));
	const prompt = await site.stream(user.token);
	await prompt.next('connected');
	await site.sql(`insert into pgbell.notification (user_id, kind, data)
		select $1, 'test', jsonb_build_object('text', repeat('x', 100 + 67 * i)) from generate_series(1, 120) i`, [String(user.id)]);
	await prompt.next('new_notification');
	process.kill(await site.pid('pgbell-stream'), 'SIGKILL');
	for (const one of lazy) {
		const text = contentOf(await one.rest());
		assert.match(text, /event: new_notification/);
		assert.ok(!text.includes('"unread_count":120,"seq":120'), 'it had not taken all');
		assert.match(text, /\n\n$/);
	}
});
