// pgbench, which plays the application that inserts notifications.

import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readdirSync } from 'node:fs';
import { PAD, PEOPLE } from './world.mjs';

const pgbench = readdirSync('/usr/lib/postgresql').sort((a, b) => b - a).map((version) => `/usr/lib/postgresql/${version}/bin/pgbench`)[0];

// An insert for somebody by chance, with a number by chance and the time.
export function insertInto(table) {
	return `
\\set u random(1, ${PEOPLE})
\\set n random(1, 1000000000)
insert into ${table} (user_id, kind, data) values ('u' || :u, 'bench', jsonb_build_object('n', :n::bigint,
	'at', (extract(epoch from clock_timestamp()) * 1000000)::bigint, 'text', '${PAD}'));
`;
}

// Run the script; rate: how often a second, 0 for flat out; options: settings of the sessions.  Gives what it did a second.
export async function write(world, database, script, { writers, seconds, rate = 0, options = '' }) {
	const file = join(world.scratch, 'script.sql');
	await writeFile(file, script);
	const child = spawn(pgbench, ['-n', '-M', 'prepared', '-f', file, '-c', String(writers), '-j', '1', '-T', String(seconds),
		...rate > 0 ? ['-R', String(rate)] : []],
	{ env: { ...process.env, ...world.environment(database), PGOPTIONS: options }, stdio: ['ignore', 'pipe', 'pipe'] });
	let text = '';
	child.stdout.on('data', (bytes) => { text += bytes; });
	child.stderr.on('data', (bytes) => { text += bytes; });
	const [code] = await once(child, 'close');
	assert.equal(code, 0, text);
	assert.match(text, /failed transactions: 0 /, text);
	const [, done] = /transactions actually processed: (\d+)/.exec(text);
	const [, tps] = /tps = ([\d.]+)/.exec(text);
	assert.ok(Number(done) > 0, text);
	return { done: Number(done), tps: Number(tps) };
}
