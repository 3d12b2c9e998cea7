// pg_dump of a test's database.

import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

// It refuses a server that is newer than itself, and with servers of tests/postgres comes none:
// options for a test that wants it.
const version = Number(/\d+/.exec(execFileSync('pg_dump', ['--version'], { encoding: 'utf8' })));
export const wantsDump = { skip: Number(process.env.PG ?? 0) > version && `pg_dump ${version} does not read PostgreSQL ${process.env.PG}` };

// Newer minor releases add a key that is random.
export async function dump(env, { command = 'pg_dump', args = [] } = {}) {
	const { stdout } = await run(command, args, { env, maxBuffer: 1 << 24 });
	return stdout.replace(/^\\(un)?restrict .*\n/gm, '');
}
