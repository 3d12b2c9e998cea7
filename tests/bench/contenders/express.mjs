// The usual Express server (../express) behind an nginx that is set up as
// nginx's documentation says for keep-alive and for event streams.
//
// Express's guide to production wants NODE_ENV, a reverse proxy, and a process
// for each core.  With one process it does work 4 no slower, and work 2 with
// less: each process has to parse every notification.  Work 1 has both.

import { join } from 'node:path';
import { root } from '../../lib/site.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { familyOf, Program } from '../lib/processes.mjs';
import { Pgbell } from './pgbell.mjs';

export class Express extends Pgbell {
	database = 'bench_express';
	table = 'notification';
	script = 'server.mjs';

	constructor(processes = 1) {
		super();
		this.name = processes === 1 ? 'express' : `express ×${processes}`;
		this.processes = processes;
	}

	async start(world) {
		this.world = world;
		const socket = join(world.scratch, `${this.script}-${this.processes}.sock`);
		this.server = new Program([process.execPath, join(root, 'tests/bench/express', this.script)],
			{ env: { ...world.environment(this.database), SOCKET: socket, PROCESSES: String(this.processes), NODE_ENV: 'production' } });
		await this.server.line();
		this.nginx = await startNginx(join(world.scratch, `nginx-${this.script}-${this.processes}`), {
			http: `upstream express { server unix:${socket}; keepalive 64; }`,
			server: `
				proxy_http_version 1.1;
				proxy_set_header Connection "";
				location / { proxy_pass http://express; }
				location /api/notifications/stream {
					proxy_pass http://express;
					proxy_buffering off;
					proxy_read_timeout 1h;
				}
				location /api/notifications/socket {
					proxy_pass http://express;
					proxy_buffer_size 1k;
					proxy_set_header Upgrade $http_upgrade;
					proxy_set_header Connection upgrade;
					proxy_read_timeout 1h;
				}`,
		});
		this.port = this.nginx.port;
	}

	async parts() {
		return { server: familyOf(this.server.pid), nginx: this.nginx.pids(), postgres: await this.world.postgresPids() };
	}

	requestsOfOne(count) {
		return Array(count).fill(this.request('GET', '/api/notifications/stream', 'one'));
	}

	requestsOfMany(count) {
		return Array.from({ length: count }, (_, i) => this.request('GET', '/api/notifications/stream', `u${i + 1}`));
	}

	restRequest(method, path, i) {
		return this.request(method, path, `u${i + 1}`);
	}

	request(method, path, user) {
		return `${method} ${path}${path.includes('?') ? '&' : '?'}user=${user} HTTP/1.1\tHost: bench${method === 'GET' ? '' : '\tContent-Length: 0'}`;
	}

	async stop() {
		await this.nginx.stop();
		await this.server.stop();
	}
}
