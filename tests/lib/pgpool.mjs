// A private pgpool-II in front of a PostgreSQL and its standbys.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from './wait.mjs';

const PROGRAM = '/usr/sbin/pgpool';

export const hasPgpool = existsSync(PROGRAM);

// From 4.4 on it has several.
const [, major, minor] = hasPgpool ? /(\d+)\.(\d+)/.exec(spawnSync(PROGRAM, ['--version'], { encoding: 'utf8' }).output.join('')).map(Number) : [];
const SOCKETS = major > 4 || minor >= 4 ? 'unix_socket_directories' : 'socket_dir';

// backends: [{ host, weight }], the primary first, each at PGPORT; they need not run yet.  It reads half of what may be read
// from standbys, as it does by default.  settings: further lines.
export async function startPgpool(directory, { PGPORT, backends, settings = '' }) {
	const user = process.getuid() === 0 ? { uid: Number(execFileSync('id', ['-u', 'postgres'])), gid: Number(execFileSync('id', ['-g', 'postgres'])) } : {};
	await mkdir(directory, { mode: 0o755 });
	const write = async (name, text) => {
		await writeFile(join(directory, name), text, { mode: 0o644 });
		if (user.uid !== undefined)
			await chown(directory, user.uid, user.gid);
	};
	await write('pgpool.conf', `backend_clustering_mode = 'streaming_replication'
listen_addresses = ''
port = ${PGPORT}
${SOCKETS} = '${directory}'
pcp_socket_dir = '${directory}'
pcp_listen_addresses = ''
wd_ipc_socket_dir = '${directory}'
pid_file_name = '${directory}/pgpool.pid'
logdir = '${directory}'
num_init_children = 32
sr_check_period = 1
sr_check_user = 'postgres'
${backends.map(({ host, weight = 1 }, i) => `backend_hostname${i} = '${host}'
backend_port${i} = ${PGPORT}
backend_weight${i} = ${weight}
backend_flag${i} = 'DISALLOW_TO_FAILOVER'
`).join('')}${settings}
`);
	await write('pcp.conf', '');
	const log = await open(join(directory, 'log'), 'a');
	const child = spawn(PROGRAM, ['-n', '-f', join(directory, 'pgpool.conf'), '-F', join(directory, 'pcp.conf')],
		{ ...user, cwd: directory, stdio: ['ignore', log.fd, log.fd] });
	await log.close();
	const ended = once(child, 'exit');
	await waitFor('pgpool', () => existsSync(join(directory, `.s.PGSQL.${PGPORT}`))).catch((error) => {
		child.kill('SIGINT');
		throw error;
	});
	return {
		directory,
		stop: async () => {
			child.kill('SIGINT'); // at once
			await ended;
		},
	};
}
