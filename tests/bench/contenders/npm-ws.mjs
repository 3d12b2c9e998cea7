// npm `ws` with a LISTEN (../express/sockets.mjs), behind an nginx that is set up as nginx's documentation says
// for WebSockets, with the small buffer that pgbell's recipe has.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Express } from './express.mjs';
import { UPGRADE } from './fresh.mjs';

export class NpmWs extends Express {
	name = 'ws + LISTEN';
	script = 'sockets.mjs';

	async start(world) {
		await rm(join(world.scratch, `${this.script}-1.sock`), { force: true });
		await super.start(world);
	}

	requestsOfOne(count) {
		return Array(count).fill(`${this.request('GET', '/api/notifications/socket', 'one')}${UPGRADE}`);
	}
}
