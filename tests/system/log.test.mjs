// The log: every line in it is of one shape, whoever had something to say.

import assert from 'node:assert';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startSite } from '../lib/site.mjs';

let site, alice;

before(async () => {
	site = await startSite();
	alice = await site.signUp();
});
after(() => site.stop());

test('what the database says unasked stands in a line of the log like all else', async () => {
	const stream = await site.stream(alice.token);
	await stream.next('connected');
	const ended = await site.superuser(`select pg_terminate_backend(pid) from pg_stat_activity
		where application_name like 'pgbell-stream%'`);
	assert.equal(ended.length, 2);
	await site.sql('select pgbell.notify($1, $2)', [String(alice.id), 'test']);
	await stream.next('new_notification'); // it has found its way back
	const text = await readFile(join(site.state, 'log/pgbell-stream.log'), 'utf8');
	const lines = text.trimEnd().split('\n');
	assert.ok(lines.length > 2);
	assert.deepEqual(lines.filter((line) => !/^\S+Z pgbell-stream\[\d+\] level=\w+ event=/.test(line)), []);
	stream.close();
});
