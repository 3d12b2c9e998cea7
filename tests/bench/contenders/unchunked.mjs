// pgbell without chunks in its streams: the line that the recipe for nginx names, taken.

import { join } from 'node:path';
import { startNginx } from '../lib/nginx.mjs';
import { Pgbell, shippedNginx } from './pgbell.mjs';

const LINE = 'chunked_transfer_encoding off;';

export class Unchunked extends Pgbell {
	name = 'pgbell, no chunks';

	async start(world) {
		this.world = world;
		const run = join(world.site.state, 'run');
		const { http, server } = await shippedNginx(`${run}/stream.sock`, `${run}/api.sock`);
		this.nginx = await startNginx(join(world.scratch, 'nginx-unchunked'), { http, server: `${LINE}\n${server}` });
		this.port = this.nginx.port;
	}
}
