// pgbell as `make run` starts it, behind an nginx with the configuration that
// is shipped.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../lib/site.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { nowUs } from '../lib/processes.mjs';
import { PAD } from '../lib/world.mjs';

// The shipped configuration, with these sockets behind it.
export async function shippedNginx(stream, api, websocket) {
	return {
		http: `
			include ${join(root, 'deploy/nginx/http.conf')};
			upstream pgbell_stream { server unix:${stream}; }
			upstream pgbell_api { server unix:${api}; }
			${websocket ? `upstream pgbell_websocket { server unix:${websocket}; }` : ''}`,
		server: `include ${join(root, 'deploy/nginx/pgbell.conf')};`,
	};
}

export class Pgbell {
	name = 'pgbell';
	database = 'pgbell';
	table = 'pgbell.notification';

	async start(world) {
		this.world = world;
		const run = join(world.site.state, 'run');
		this.nginx = await startNginx(join(world.scratch, 'nginx-pgbell'), await shippedNginx(`${run}/stream.sock`, `${run}/api.sock`));
		this.port = this.nginx.port;
	}

	async parts() {
		const pid = async (program) => Number(await readFile(join(this.world.site.state, 'run', `${program}.pid`), 'utf8'));
		const apis = await Promise.all(Array.from({ length: this.world.workers }, (_, i) => pid(i === 0 ? 'pgbell-api' : `pgbell-api-${i + 1}`)));
		return { server: [await pid('pgbell-stream')], api: apis, nginx: this.nginx.pids(), postgres: await this.world.postgresPids() };
	}

	// `count` streams of one person
	requestsOfOne(count) {
		return Array(count).fill(this.streamRequest(this.world.tokenOfOne));
	}

	// a stream of each of `count` people
	requestsOfMany(count, afters = []) {
		return this.world.tokens.slice(0, count).map((token, i) => this.streamRequest(token, afters[i]));
	}

	streamRequest(token, after) {
		return `GET /api/notifications/stream HTTP/1.1\tHost: bench\tAuthorization: Bearer ${token}${after === undefined ? '' : `\tLast-Event-ID: ${after}`}`;
	}

	restRequest(method, path, i) {
		return `${method} ${path} HTTP/1.1\tHost: bench\tAuthorization: Bearer ${this.world.tokens[i]}${method === 'GET' ? '' : '\tContent-Length: 0'}`;
	}

	// One event for "one".
	tell(number) {
		return this.world.query(this.database, `insert into ${this.table} (user_id, kind, data) values ('one', 'bench',
			jsonb_build_object('n', $1::bigint, 'at', $2::bigint, 'text', $3::text))`, [number, nowUs(), PAD]);
	}

	stop() {
		return this.nginx.stop();
	}
}
