// pgbell with sixteen workers, so that as many writes may be under way at once.

import { join } from 'node:path';
import { startNginx } from '../lib/nginx.mjs';
import { familyOf, spawnFastcgi } from '../lib/processes.mjs';
import { Pgbell, shippedNginx } from './pgbell.mjs';

export class Sixteen extends Pgbell {
	name = 'sixteen workers';

	async start(world) {
		this.world = world;
		const socket = join(world.scratch, 'sixteen.sock');
		this.workers = await spawnFastcgi(socket, 16, [join(process.env.PGBELL_BIN, 'pgbell-api')],
			{ env: { ...world.environment('pgbell', 'pgbell_api'), PGBELL_LOG_LEVEL: 'warning', PGBELL_LOCK_TIMEOUT_MS: '5000', PGBELL_BIN: undefined } }); // it is no setting
		this.nginx = await startNginx(join(world.scratch, 'nginx-sixteen'), await shippedNginx(socket, socket));
		this.port = this.nginx.port;
	}

	async parts() {
		return { api: familyOf(this.workers.pid), nginx: this.nginx.pids(), postgres: await this.world.postgresPids() };
	}

	async stop() {
		await this.nginx.stop();
		await this.workers.stop();
	}
}
