// nchan, the module that makes nginx itself the server of the streams.  No
// database, no people, no authentication: one channel, or one a stream.

import http from 'node:http';
import { join } from 'node:path';
import { startNginx } from '../lib/nginx.mjs';
import { eventOf } from './loop.mjs';

export class Nchan {
	name = 'nchan';
	#agent = new http.Agent({ keepAlive: true });
	#seq = 0;

	async start(world) {
		this.nginx = await startNginx(join(world.scratch, 'nginx-nchan'), {
			modules: 'load_module /usr/lib/nginx/modules/ngx_nchan_module.so;',
			http: 'nchan_shared_memory_size 256M;',
			server: `
				location = /publish { nchan_publisher; nchan_channel_id $arg_channel; nchan_message_buffer_length 1; }
				location = /subscribe {
					nchan_subscriber eventsource;
					nchan_channel_id $arg_channel;
					nchan_subscriber_first_message newest;
					nchan_eventsource_ping_interval 30;
				}`,
		});
		this.port = this.nginx.port;
	}

	parts() {
		return { nginx: this.nginx.pids() };
	}

	requestsOfOne(count) {
		return Array(count).fill('GET /subscribe?channel=one HTTP/1.1\tHost: bench\tAccept: text/event-stream');
	}

	requestsOfMany(count) {
		return Array.from({ length: count }, (_, i) => `GET /subscribe?channel=u${i + 1} HTTP/1.1\tHost: bench\tAccept: text/event-stream`);
	}

	tell(number) {
		const body = eventOf(number, ++this.#seq);
		return new Promise((resolve, reject) => {
			const outgoing = http.request({ port: this.port, method: 'POST', path: '/publish?channel=one', agent: this.#agent,
				headers: { 'content-length': Buffer.byteLength(body) } }, (answer) => {
				answer.resume();
				answer.on('end', () => (answer.statusCode < 300 ? resolve() : reject(new Error(`nchan answered ${answer.statusCode}`))));
			});
			outgoing.on('error', reject);
			outgoing.end(body);
		});
	}

	async stop() {
		this.#agent.destroy();
		await this.nginx.stop();
	}
}
