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
import { ENDS, ONCE, cutEverywhere, openInNode, openInPage } from '../lib/cut-clients.mjs';
import { pair, record, types } from '../lib/fastcgi.mjs';
import { nodeReaders, pageReaders } from '../lib/readers.mjs';
import { startSite } from '../lib/site.mjs';

let site, browser;

before(async () => {
	site = await startSite({ env: { PGBELL_MAX_STREAMS_PER_USER: '1000', PGBELL_RETRY_MS: '300' } });
	browser = await launchBrowser();
});
after(() => browser?.close());
after(() => site.stop());

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

const openInBrowser = (...words) => openInPage(browser)(...words);
const readers = [...Object.entries(nodeReaders).map((one) => [...one, openInNode]), ...Object.entries(pageReaders).map((one) => [...one, openInBrowser])];

for (const [name, open, openAll] of readers) {
	for (const how of Object.keys(ENDS)) {
		// sse.js takes what stands before an end in good order for an event; see the last tests for why there is no such end.
		if (name.startsWith('sse.js') && how === 'end')
			continue;
		test(`an event that is cut ${ENDS[how]} is shown once: ${name}`, async () => {
			const cut = await cutEverywhere(site, openAll, open, how);
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
