// pushpin, a proxy that holds the streams of a backend.  As its README says, the
// backend answers each request once, with Grip headers, and events are POSTed
// to the control port.  It faces the clients itself; its backend is the
// cheapest there is, an nginx with one answer for everybody.  No database, no
// people, no authentication: one channel, or one a stream.
//
// Its configuration is the one that is shipped, except for paths and ports;
// client_buffer_size, as its makers have it for a million connections;
// message_rate and message_hwm, which would hold it to 2,500 deliveries a
// second; and a log without a line for every stream.

import { existsSync } from 'node:fs';
import http from 'node:http';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../../lib/site.mjs';
import { ADDRESSES, startNginx, untilOpen } from '../lib/nginx.mjs';
import { familyOf, Program } from '../lib/processes.mjs';
import { eventOf } from './loop.mjs';

export class Pushpin {
	name = 'pushpin';
	needs = '/usr/share/pushpin/pushpin.conf.condure'; // where it is installed, this is
	// It cuts some while they are being opened, the more the faster ("received message out of
	// sequence, canceling"): those are opened again.  If that does not help, the run goes on without.
	together = 32;
	reopenings = 5;
	most = 10_000;
	mayFail = true;
	#agent = new http.Agent({ keepAlive: true });
	#seq = 0;

	async start(world) {
		const directory = join(world.scratch, 'pushpin');
		await mkdir(join(directory, 'run'), { recursive: true });
		await mkdir(join(directory, 'log'));
		this.backend = await startNginx(join(world.scratch, 'nginx-pushpin'), {
			server: `
				location = /subscribe {
					default_type text/event-stream;
					add_header Grip-Hold stream;
					add_header Grip-Channel $arg_channel;
					add_header Grip-Keep-Alive ':\\\\n\\\\n; format=cstring; timeout=30';
					return 200 ": connected\\n\\n";
				}`,
		});
		[this.port, this.control] = [await findFreePort(), await findFreePort()];
		await writeFile(join(directory, 'routes'), `* 127.0.0.1:${this.backend.port}\n`);
		await writeFile(join(directory, 'pushpin.conf'), await this.#configuration(directory));
		this.runner = new Program(['pushpin', '--config', join(directory, 'pushpin.conf')], { stdio: ['ignore', 'pipe', 'inherit'] });
		await untilOpen(this.port);
		await untilOpen(this.control);
	}

	// The shipped file with other values, and zurl beside it rather than the system's one.
	async #configuration(directory) {
		const values = {
			rundir: join(directory, 'run'), logdir: join(directory, 'log'), log_level: 1,
			services: 'condure,zurl,pushpin-proxy,pushpin-handler',
			http_port: ADDRESSES.map((address) => `${address}:${this.port}`).join(','), push_in_http_port: this.control,
			push_in_spec: 'ipc://{rundir}/{ipc_prefix}push-in', push_in_sub_specs: 'ipc://{rundir}/{ipc_prefix}push-in-sub',
			command_spec: 'ipc://{rundir}/{ipc_prefix}command',
			client_buffer_size: 4096, client_maxconn: 19_900,
			message_rate: 1_000_000, message_hwm: 1_000_000,
		};
		const zurl = ['out=in', 'out_stream=in-stream', 'in=out']
			.map((it) => it.split('=')).map(([name, socket]) => `zurl_${name}_specs=ipc://{rundir}/{ipc_prefix}zurl-${socket}`);
		return Object.entries(values)
			.reduce((text, [name, value]) => text.replace(new RegExp(`^${name}=.*$`, 'm'), () => `${name}=${value}`), await readFile(this.needs, 'utf8'))
			.replace('[proxy]\n', `[proxy]\n${zurl.join('\n')}\n`);
	}

	parts() {
		return { server: familyOf(this.runner.pid), nginx: this.backend.pids() };
	}

	requestsOfOne(count) {
		return Array(count).fill('GET /subscribe?channel=one HTTP/1.1\tHost: bench\tAccept: text/event-stream');
	}

	requestsOfMany(count) {
		return Array.from({ length: count }, (_, i) => `GET /subscribe?channel=u${i + 1} HTTP/1.1\tHost: bench\tAccept: text/event-stream`);
	}

	tell(number) {
		const content = `id: ${++this.#seq}\nevent: new_notification\ndata: ${eventOf(number, this.#seq)}\n\n`;
		const body = JSON.stringify({ items: [{ channel: 'one', formats: { 'http-stream': { content } } }] });
		return post(`http://127.0.0.1:${this.control}/publish/`, body, this.#agent);
	}

	// Its programs lead process groups of their own, and it stops them when it is told to end.
	async #stopRunner() {
		const family = familyOf(this.runner.pid);
		this.runner.child.kill('SIGTERM');
		await Promise.race([this.runner.exited, sleep(5000, undefined, { ref: false })]);
		for (const pid of family.filter((it) => existsSync(`/proc/${it}`)))
			process.kill(pid, 'SIGKILL');
		await this.runner.exited;
	}

	async stop() {
		this.#agent.destroy();
		await this.#stopRunner();
		await this.backend.stop();
	}
}

// POST this; throws unless it was taken.
export function post(url, body, agent) {
	return new Promise((resolve, reject) => {
		const outgoing = http.request(url, { method: 'POST', agent, headers: { 'content-length': Buffer.byteLength(body) } }, (answer) => {
			answer.resume();
			answer.on('end', () => (answer.statusCode < 300 ? resolve() : reject(new Error(`${url} answered ${answer.statusCode}`))));
		});
		outgoing.on('error', reject);
		outgoing.end(body);
	});
}
