// An nginx for one contender; all of them get the same frame, and the small
// memory pools of pgbell's recipe.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort, root } from '../../lib/site.mjs';
import { Program, familyOf } from './processes.mjs';

// Where a crowd connects to (crowd.c).
export const ADDRESSES = ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'];

// modules, http and server are lines of configuration.
export async function startNginx(directory, { modules = '', http = '', server = '' }) {
	const port = await findFreePort();
	const pools = (await readFile(join(root, 'deploy/nginx/http.conf'), 'utf8')).match(/^(?:connection|request)_pool_size .*$/gm);
	await mkdir(directory, { recursive: true });
	await writeFile(join(directory, 'nginx.conf'), `
${modules}
${process.getuid() === 0 ? 'user root;' : ''}
daemon off;
pid nginx.pid;
error_log error.log crit;
worker_processes auto;
events { worker_connections 19900; }
http {
	access_log off;
	keepalive_requests 1000000;
	client_body_temp_path tmp-body;
	fastcgi_temp_path tmp-fastcgi;
	proxy_temp_path tmp-proxy;
	scgi_temp_path tmp-scgi;
	uwsgi_temp_path tmp-uwsgi;
	${http}
	server {
		${ADDRESSES.map((address) => `listen ${address}:${port} backlog=4096 reuseport;`).join('\n\t\t')}
		${pools.join('\n\t\t')}
		${server}
	}
}
`);
	const program = new Program(['/usr/sbin/nginx', '-p', directory, '-c', 'nginx.conf', '-e', 'error.log']);
	await untilOpen(port);
	return { port, stop: () => program.stop(), pids: () => familyOf(program.pid) };
}

// Until somebody listens there.
export async function untilOpen(port) {
	for (let tries = 0; tries < 200; tries++) {
		const isOpen = await new Promise((resolve) => {
			const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
			socket.on('error', () => resolve(false));
		});
		if (isOpen)
			return;
		await sleep(25);
	}
	throw new Error(`nobody listens at port ${port}`);
}
