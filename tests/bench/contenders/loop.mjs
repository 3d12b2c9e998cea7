// The bare loop (../loop.c) behind the nginx that pgbell has, and behind its
// other route bare workers (../bare.c).

import { join } from 'node:path';
import { bin } from '../lib/crowd.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { familyOf, nowUs, spawnFastcgi } from '../lib/processes.mjs';
import { PAD } from '../lib/world.mjs';
import { Pgbell, shippedNginx } from './pgbell.mjs';

// The data of an event as pgbell would send it.
export function eventOf(number, seq) {
	return JSON.stringify({
		id: 100_000 + seq, data: { n: number, at: nowUs(), text: PAD }, kind: 'bench', created_at: new Date().toISOString(), unread_count: seq,
	});
}

export class Loop extends Pgbell {
	name = 'bare loop';
	#seq = 0;

	async start(world) {
		this.world = world;
		const [stream, api] = ['loop', 'bare'].map((name) => join(world.scratch, `${name}.sock`));
		this.loop = await spawnFastcgi(stream, 1, [join(bin, 'loop')], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
		this.workers = await spawnFastcgi(api, world.workers, [join(bin, 'bare')], { env: world.environment('pgbell', 'pgbell_api') });
		this.nginx = await startNginx(join(world.scratch, 'nginx-loop'), await shippedNginx(stream, api));
		this.port = this.nginx.port;
	}

	async parts() {
		return { server: familyOf(this.loop.pid), api: familyOf(this.workers.pid), nginx: this.nginx.pids(), postgres: await this.world.postgresPids() };
	}

	async tell(number) {
		this.loop.child.stdio[3].write(`${eventOf(number, ++this.#seq)}\n`);
	}

	async stop() {
		await this.nginx.stop();
		await this.loop.stop();
		await this.workers.stop();
	}
}
