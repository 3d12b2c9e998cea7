// Two sites in one nginx, each with a database and programs of its own, by what
// deploy/nginx/example.conf says of a second one.

import assert from 'node:assert';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { request } from '../lib/http.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { findFreePort, root, startSite } from '../lib/site.mjs';
import { openStream } from '../lib/sse.mjs';
import { readMetrics } from '../lib/metrics.mjs';

const recipes = join(root, 'deploy/nginx');
let first, second, nginx, shopUrl;

before(async () => {
	[first, second] = await Promise.all([startSite({ apis: 1 }), startSite({ apis: 1 })]);
	// The lines of the comment, as somebody pastes them.
	const said = (await readFile(join(recipes, 'example.conf'), 'utf8')).match(/^#   (?:upstream|set) .*$/gm).map((line) => line.slice(4));
	const upstreams = said.filter((line) => line.startsWith('upstream')).join('\n').replaceAll('/run/pgbell-shop', join(second.state, 'run'));
	const sets = said.filter((line) => line.startsWith('set')).join('\n');
	const port = await findFreePort();
	shopUrl = `http://127.0.0.1:${port}`;
	nginx = await startNginx({
		directory: join(first.state, 'both'), upstreams: { api: join(first.state, 'run/api.sock'), stream: join(first.state, 'run/stream.sock') },
		http: `include ${recipes}/http.conf;
			${upstreams}
			server { listen 127.0.0.1:${port}; include ${recipes}/pgbell.conf; ${sets} }`,
		server: `include ${recipes}/pgbell.conf;`,
	});
});

after(async () => {
	await nginx?.stop();
	await Promise.all([first?.stop(), second?.stop()]);
});

test('each of two sites has its own people, list and stream', async () => {
	for (const [site, url, otherUrl] of [[first, nginx.url, shopUrl], [second, shopUrl, nginx.url]]) {
		const { id, token } = await site.signUp();
		const headers = { authorization: `Bearer ${token}` };
		const stream = await openStream(`${url}/api/notifications/stream`, { headers });
		assert.equal((await stream.next('connected')).data.user_id, String(id));
		await site.sql("select pgbell.notify($1, 'own')", [String(id)]);
		assert.equal((await stream.next('new_notification')).data.kind, 'own');
		assert.equal(JSON.parse((await request(`${url}/api/notifications`, { headers })).text).unread_count, 1);
		assert.equal((await request(`${otherUrl}/api/notifications`, { headers })).status, 401);
		assert.equal((await openStream(`${otherUrl}/api/notifications/stream`, { headers })).status, 401);
		const through = { api: async () => ({ status: 200, body: (await request(`${url}/metrics`)).text }) };
		assert.equal((await readMetrics(through)).get('pgbell_streams'), 1);
		stream.close();
	}
});
