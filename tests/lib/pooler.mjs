// A private pgbouncer in front of a PostgreSQL.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from './wait.mjs';

const PROGRAM = '/usr/sbin/pgbouncer';
const ROLES = ['pgbell_owner', 'pgbell_api', 'pgbell_stream', 'tenant'];

// From 1.21 on it keeps prepared statements together with the clients that made them, unless it is told not to.
const [, major, minor] = /(\d+)\.(\d+)/.exec(execFileSync(PROGRAM, ['--version'], { encoding: 'utf8' })).map(Number);
export const keepsPrepared = major > 1 || minor >= 21;
export const FORGETS_PREPARED = keepsPrepared ? 'max_prepared_statements = 0' : '';

// It refuses to be root; then it is whom the cluster belongs to.
function chooseUser() {
	if (process.getuid() !== 0)
		return {};
	const id = (what) => Number(execFileSync('id', [what, 'postgres']));
	return { uid: id('-u'), gid: id('-g') };
}

// PGHOST and PGPORT are the cluster's, which need not run yet; mode: 'transaction' or 'session'; size: how many
// connections there are for a database and a role; settings: further lines.
export async function startPooler(directory, { PGHOST, PGPORT, mode = 'transaction', size = 4, settings = '' }) {
	const user = chooseUser();
	await mkdir(directory);
	if (user.uid !== undefined)
		await chown(directory, user.uid, user.gid);
	const configuration = join(directory, 'pgbouncer.ini');
	await writeFile(configuration, `[databases]
* = host=${PGHOST} port=${PGPORT}
[pgbouncer]
listen_addr =
unix_socket_dir = ${directory}
listen_port = ${PGPORT}
auth_type = trust
auth_file = ${directory}/users
pool_mode = ${mode}
default_pool_size = ${size}
${settings}
`);
	await writeFile(join(directory, 'users'), ROLES.map((role) => `"${role}" ""\n`).join(''));
	const child = spawn(PROGRAM, ['-q', configuration], { ...user, cwd: directory, stdio: 'ignore' });
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
