// An nginx of a test's own, in front of the programs of a site, with the
// configuration that the test is about.
//
//   const nginx = await startNginx({ directory, upstreams: { api, stream }, server: '…', http: '…' });
//   nginx.url
//   await nginx.stop();
//
// server and http are configuration in the words of those blocks.  directory
// is made, and is nginx's prefix.  As root it works as the one who owns what
// upstreams.api is.

import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { chown, mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { become } from './owner.mjs';
import { findFreePort } from './site.mjs';
import { PATIENCE_MS } from './wait.mjs';

export async function startNginx({ directory, upstreams, server, http = '' }) {
	const port = await findFreePort();
	await mkdir(directory, { recursive: true });
	await writeFile(join(directory, 'nginx.conf'), `
		daemon off;
		pid nginx.pid;
		error_log stderr;
		worker_processes 1;
		events { worker_connections 1000; }
		http {
			include /etc/nginx/mime.types;
			access_log access.log;
			${['client_body', 'fastcgi', 'proxy', 'scgi', 'uwsgi'].map((it) => `${it}_temp_path tmp-${it};`).join(' ')}
			upstream pgbell_api { server unix:${upstreams.api}; }
			upstream pgbell_stream { server unix:${upstreams.stream}; }
			${upstreams.websocket ? `upstream pgbell_websocket { server unix:${upstreams.websocket}; }` : ''}
			${http}
			server {
				listen 127.0.0.1:${port};
				${server}
			}
		}`);
	const { uid, gid } = await stat(upstreams.api);
	const asOwner = become({ uid, gid });
	if (asOwner.length > 0)
		await chown(directory, uid, gid);
	const log = await open(join(directory, 'nginx.log'), 'a');
	const child = spawn('setpriv', ['--pdeathsig=TERM', ...asOwner, '--', 'nginx', '-p', `${directory}/`, '-c', 'nginx.conf', '-e', 'stderr'],
		{ cwd: directory, stdio: ['ignore', log.fd, log.fd], env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
	const exited = new Promise((resolve) => child.on('exit', resolve));
	await log.close();

	const deadline = Date.now() + PATIENCE_MS;
	while (!await connects(port)) {
		assert.ok(child.exitCode === null && Date.now() < deadline, await readFile(join(directory, 'nginx.log'), 'utf8'));
		await sleep(20);
	}
	return {
		url: `http://127.0.0.1:${port}`,
		directory,
		async stop() {
			child.kill('SIGTERM');
			await exited;
		},
	};
}

export function connects(target) {
	return new Promise((resolve) => {
		const socket = typeof target === 'number' ? net.connect(target, '127.0.0.1') : net.connect(target);
		socket.on('error', () => resolve(false));
		socket.on('connect', () => {
			socket.destroy();
			resolve(true);
		});
	});
}
