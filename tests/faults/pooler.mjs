// A private pgbouncer in transaction mode, for pgbell-api.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { until } from './wait.mjs';

const PROGRAM = '/usr/sbin/pgbouncer';

// It refuses to be root; then it is whom the cluster belongs to.
function chooseUser() {
	if (process.getuid() !== 0)
		return {};
	const id = (what) => Number(execFileSync('id', [what, 'postgres']));
	return { uid: id('-u'), gid: id('-g') };
}

export async function startPooler(state, postgres) {
	const directory = join(state, 'pooler');
	const user = chooseUser();
	await mkdir(directory, { mode: 0o755 });
	if (user.uid !== undefined)
		await chown(directory, user.uid, user.gid);
	const configuration = join(directory, 'pgbouncer.ini');
	await writeFile(configuration, `[databases]
pgbell = host=${postgres} port=5432 user=pgbell_api
[pgbouncer]
listen_addr =
unix_socket_dir = ${directory}
listen_port = 5432
auth_type = any
pool_mode = transaction
default_pool_size = 2
server_login_retry = 0
ignore_startup_parameters = extra_float_digits,options
`);
	const child = spawn(PROGRAM, ['-q', configuration], { ...user, stdio: 'ignore' });
	const ended = once(child, 'exit');
	const knock = () => new Promise((resolve) => {
		const socket = net.connect(join(directory, '.s.PGSQL.5432'), () => { socket.destroy(); resolve(true); });
		socket.on('error', () => resolve(false));
	});
	await until('pgbouncer listens', knock, 10_000);
	return {
		directory,
		stop: async () => {
			child.kill('SIGKILL');
			await ended;
		},
	};
}
