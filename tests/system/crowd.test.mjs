// Thousands of streams in one process: all open, all reached, little memory.

import assert from 'node:assert';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { untilMetrics } from '../lib/metrics.mjs';
import { root, startSite } from '../lib/site.mjs';

const STREAMS = 5000;
const USERS = 500; // ten streams each
const OPENING_AT_ONCE = 200;
const BYTES_A_STREAM = 2048;

let site, tokens;

// The release build: AddressSanitizer's own memory is not what is measured.
before(async () => {
	site = await startSite({ env: { PGBELL_BIN: join(root, 'build'), PGBELL_LOG_LEVEL: 'warning' } });
	tokens = (await site.sql(`select s.token from generate_series(1, $1) i, pgbell.create_session('crowd-' || i) s`, [USERS]))
		.map((row) => row.token);
});
after(() => site.stop());

// Resident memory of a process in bytes.
async function residentBytes(pid) {
	return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))[1]);
}

// A stream that only counts: what 5,000 of them show a test must be little.
function openCounting(token, counts) {
	return new Promise((resolve, reject) => {
		const outgoing = http.get(`${site.url}/api/notifications/stream`, { agent: false, headers: { authorization: `Bearer ${token}` } });
		outgoing.on('error', reject);
		outgoing.on('response', (response) => {
			assert.equal(response.statusCode, 200);
			let text = '', connected = false;
			response.setEncoding('utf8');
			response.on('data', (chunk) => {
				text += chunk;
				const blocks = text.split('\n\n');
				text = blocks.pop();
				for (const block of blocks) {
					if (/^event: connected$/m.test(block) && !connected) {
						connected = true;
						resolve(outgoing);
					} else if (/^event: new_notification$/m.test(block)) {
						counts.arrived++;
						if (counts.arrived === counts.expected)
							counts.resolve();
					}
				}
			});
			response.on('close', () => { counts.closed++; });
		});
	});
}

test(`${STREAMS} streams open without a failure, one statement reaches them all, and they cost little`, { timeout: 240_000 }, async (t) => {
	const counts = { arrived: 0, expected: STREAMS, closed: 0 };
	const reached = new Promise((resolve) => { counts.resolve = resolve; });
	const pid = await site.pid('pgbell-stream');
	const warmth = { closed: 0 };
	await Promise.all(tokens.slice(0, 50).map((token) => openCounting(token, warmth).then((it) => it.destroy())));
	await untilMetrics(site, (now) => now.get('pgbell_streams') === 0);
	const before = await residentBytes(pid);

	const opened = [];
	const openingStarted = Date.now();
	const queue = Array.from({ length: STREAMS }, (_, i) => tokens[i % USERS]);
	await Promise.all(Array.from({ length: OPENING_AT_ONCE }, async () => {
		while (queue.length > 0)
			opened.push(await openCounting(queue.pop(), counts));
	}));
	const openingMs = Date.now() - openingStarted;
	assert.equal(opened.length, STREAMS);
	const grown = await residentBytes(pid) - before;

	const ringStarted = Date.now();
	await site.sql(`insert into pgbell.notification (user_id, kind) select 'crowd-' || i, 'all' from generate_series(1, $1) i`, [USERS]);
	await reached;
	t.diagnostic(`${STREAMS} streams: opened in ${openingMs} ms; one event to all in ${Date.now() - ringStarted} ms; ${(grown / STREAMS).toFixed(0)} bytes a stream`);
	assert.equal(counts.arrived, STREAMS);
	assert.equal(counts.closed, 0, 'no stream was closed');
	assert.ok(grown < STREAMS * BYTES_A_STREAM, `${grown / STREAMS} bytes a stream`);
	const connections = await site.superuser(`select count(*)::int as n from pg_stat_activity where application_name like 'pgbell-stream%'`);
	assert.equal(connections[0].n, 2);
	for (const stream of opened)
		stream.destroy();
});
