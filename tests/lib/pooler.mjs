// A private pgbouncer in front of a site's PostgreSQL.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from './webserver.mjs';

const PROGRAM = '/usr/sbin/pgbouncer';

export const hasPooler = existsSync(PROGRAM);

// PGHOST and PGPORT are the cluster's; mode: 'transaction' or 'session'; owner: { uid, gid } to run
// as where we are root, whom it does not like to be.
export async function startPooler(directory, { PGHOST, PGPORT, mode, owner }) {
	await mkdir(directory);
	await writeFile(join(directory, 'pgbouncer.ini'), `[databases]
* = host=${PGHOST} port=${PGPORT}
[pgbouncer]
listen_addr =
unix_socket_dir = ${directory}
listen_port = ${PGPORT}
auth_type = trust
auth_file = ${directory}/users
pool_mode = ${mode}
default_pool_size = 4
`);
	await writeFile(join(directory, 'users'), '"pgbell_owner" ""\n"pgbell_api" ""\n"pgbell_stream" ""\n');
	const isRoot = process.getuid() === 0;
	if (isRoot)
		await chown(directory, owner.uid, owner.gid);
	const become = isRoot ? ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups', '--'] : [];
	const [program, ...words] = [...become, PROGRAM, '-q', join(directory, 'pgbouncer.ini')];
	const child = spawn(program, words, { cwd: directory, stdio: 'ignore' });
	const ended = once(child, 'exit');
	await waitFor('pgbouncer', () => existsSync(join(directory, `.s.PGSQL.${PGPORT}`)));
	return {
		directory,
		stop: async () => {
			child.kill('SIGKILL');
			await ended;
		},
	};
}
