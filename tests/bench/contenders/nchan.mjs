// nchan, the module that makes nginx itself the server of the streams.  No
// database, no people, no authentication: one channel, or one a stream.
//
// Messages are kept in its own memory, as it recommends where there is one
// nginx (Redis is for several), and one a channel, so that a stream that comes
// does not get old ones.

import http from 'node:http';
import { join } from 'node:path';
import { startNginx } from '../lib/nginx.mjs';
import { eventOf } from './loop.mjs';
import { post } from './pushpin.mjs';

export class Nchan {
	name = 'nchan';
	#agent = new http.Agent({ keepAlive: true });
	#seq = 0;

	async start(world) {
		this.nginx = await startNginx(join(world.scratch, 'nginx-nchan'), {
			modules: `load_module /usr/lib/nginx/modules/ngx_nchan_module.so;`,
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
		return post(`http://127.0.0.1:${this.port}/publish?channel=one`, eventOf(number, ++this.#seq), this.#agent);
	}

	async stop() {
		this.#agent.destroy();
		await this.nginx.stop();
	}
}
