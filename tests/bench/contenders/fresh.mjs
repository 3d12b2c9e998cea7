// A pgbell-stream of its own, and an nginx in front of it, that are started for one turn: so what they grow by
// is what their streams take.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../../lib/wait.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { nowUs, spawnFastcgi } from '../lib/processes.mjs';
import { HEARTBEAT_S, PAD } from '../lib/world.mjs';
import { Pgbell, shippedNginx } from './pgbell.mjs';

// Lines of a request that opens a WebSocket.
export const UPGRADE = '\tUpgrade: websocket\tConnection: Upgrade\tSec-WebSocket-Version: 13\tSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==';

export class Fresh extends Pgbell {
	// topics: how many its streams follow, of which the last is published to; isVisitor: they are nobody's; door: stream or socket
	constructor(name, { topics = 0, isVisitor = false, door = 'stream' } = {}) {
		super();
		Object.assign(this, { name, isVisitor, door, together: topics > 1 ? 64 : 400, topics: Array.from({ length: topics }, (_, i) => `public:bench/${i}`) });
	}

	async start(world) {
		this.world = world;
		const path = (name) => join(world.scratch, `fresh-${name}`);
		await Promise.all(['stream', 'socket'].map((name) => rm(path(name), { force: true })));
		this.program = await spawnFastcgi(path('stream'), 1, [join(process.env.PGBELL_BIN, 'pgbell-stream')], { env: {
			...world.environment('pgbell', 'pgbell_stream'), PGBELL_BIN: undefined, PGBELL_LOG_LEVEL: 'warning',
			PGBELL_MAX_STREAMS_PER_USER: '20000', PGBELL_HEARTBEAT_S: String(HEARTBEAT_S), PGBELL_WEBSOCKET: path('socket'),
		} });
		this.nginx = await startNginx(path('nginx'), await shippedNginx(path('stream'), join(world.site.state, 'run/api.sock'), path('socket')));
		this.port = this.nginx.port;
		const health = () => fetch(`http://127.0.0.1:${this.port}/api/health`).then(({ status }) => status === 200);
		await waitFor('the program', health);
	}

	async parts() {
		return { server: [this.program.pid], nginx: this.nginx.pids(), postgres: await this.world.postgresPids() };
	}

	requestsOfOne(count, topics = this.topics) {
		const query = topics.map((topic) => `topic=${topic}`).join('&');
		const token = this.isVisitor ? '' : `\tAuthorization: Bearer ${this.world.tokenOfOne}`;
		return Array(count).fill(`GET /api/notifications/${this.door}?${query} HTTP/1.1\tHost: bench${token}${this.door === 'socket' ? UPGRADE : ''}`);
	}

	tell(number) {
		if (this.topics.length === 0)
			return super.tell(number);
		return this.world.query(this.database, `insert into pgbell.publication (topic, kind, data) values ($4, 'bench',
			jsonb_build_object('n', $1::bigint, 'at', $2::bigint, 'text', $3::text))`, [number, nowUs(), PAD, this.topics.at(-1)]);
	}

	async stop() {
		await this.nginx.stop();
		await this.program.stop();
	}
}

// measure(contender) with one that is there for this turn alone.
export async function inTurn(contender, world, measure) {
	await contender.start(world);
	try {
		await measure(contender);
	} finally {
		await contender.stop();
	}
}
