// The clock of a stream process steps, an hour forward and a day back: no
// session ends for it, nothing is lost, and heartbeats go on.  The real
// program, under a library that tells it another time of day.

import assert from 'node:assert';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root, startSite } from '../lib/site.mjs';
import { writePrograms } from './programs.mjs';

const library = readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/faketime/libfaketime.so.1`)
	.find((path) => existsSync(path));

let state, clock, site, alice;

before(async () => {
	state = await mkdtemp(join(tmpdir(), 'pgbell-clock-'));
	await chmod(state, 0o755);
	clock = join(state, 'clock');
	await writeFile(clock, '+0', { mode: 0o644 });
	const programs = join(state, 'bin');
	// The release build: a sanitizer wants to be the first library.
	process.env.PGBELL_BIN = join(root, 'build');
	await writePrograms(programs, { 'pgbell-stream': {
		LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1', DONT_FAKE_MONOTONIC: '1',
	} });
	site = await startSite({ env: { PGBELL_BIN: programs, PGBELL_HEARTBEAT_S: '1', PGBELL_EXPIRING_S: '60' } });
	alice = await site.signUp();
	await site.sql(`update pgbell.session set expires_at = now() + interval '10 minutes'`);
});
after(async () => {
	await site?.stop();
	await rm(state, { recursive: true, force: true });
});

test('a clock that steps ends no session and loses no event', async () => {
	const stream = await site.stream(alice.token);
	await stream.next('connected');
	for (const [step, hours] of [['+3600', 1], ['-86400', -24], ['+0', 0]]) {
		await writeFile(clock, step);
		let beat;
		do // until the program has the new time
			beat = await stream.next('heartbeat');
		while (Math.abs(Date.parse(beat.data.time) - Date.now() - hours * 3600_000) > 60_000);
		const [{ seq }] = await site.sql(`insert into pgbell.notification (user_id, kind) values ($1, 'test')
			returning (select coalesce(max(seq), 0) + 1 from pgbell.event where address = $1) as seq`, [String(alice.id)]);
		assert.equal((await stream.next('new_notification')).id, seq);
		const opened = await site.stream(alice.token, { lastEventId: Number(seq) - 1 });
		assert.equal((await opened.next('new_notification')).id, seq, 'streams open, too');
		opened.close();
		assert.equal((await site.api('GET', '/api/health')).status, 200);
	}
	assert.deepEqual(stream.events.filter((event) => /^session_|^reset/.test(event.event)), []);
	assert.equal(stream.isEnded, undefined);
	stream.close();
});
