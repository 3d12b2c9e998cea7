// What a page loads stays small: the limits are no promise, only where somebody has to think again.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../lib/site.mjs';

/* Bytes gzipped, as one file without comments; all that it needs included. */
const LIMITS = {
	'sse.js': 8000,
	'notifications.js': 11300,
	'notification-bell.js': 16500,
	'bell-panel.js, when the bell is there': 6500,
	'topics.js, when a topic is followed': 2700,
	'socket.js, where that is the transport': 1300,
};

test('what a page loads of the client is small', (t) => {
	const report = execFileSync(join(root, 'deploy/dev/www-size'), { encoding: 'utf8' });
	const sizes = [...report.matchAll(/^(.+): \d+ modules, .* (\d+) as one file/gm)];
	assert.deepEqual(
		sizes.map(([, entry]) => entry),
		Object.keys(LIMITS),
	);
	for (const [line, entry, bytes] of sizes) {
		t.diagnostic(line);
		assert.ok(Number(bytes) <= LIMITS[entry], `${entry}: ${bytes}, not ${LIMITS[entry]}`);
	}
});
