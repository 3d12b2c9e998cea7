// deploy/nginx/js.conf: the client in a site with pages of its own.

import assert from 'node:assert';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { request } from '../lib/http.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { root, startSite } from '../lib/site.mjs';
import { adapt } from '../lib/webserver.mjs';

let site;

before(async () => { site = await startSite({ apis: 1 }); });
after(() => site?.stop());

test('a site of its own serves the client: modules that are asked for by their tag, and one file for a year', async () => {
	const js = join(site.state, 'client/js');
	await cp(join(root, 'deploy/www/js'), js, { recursive: true });
	await writeFile(join(js, 'pgbell-1.2.3.min.js'), `export const words = "${'many '.repeat(200)}";`);
	const own = await startNginx({
		directory: join(site.state, 'client'), upstreams: { api: join(site.state, 'run/api.sock'), stream: join(site.state, 'run/stream.sock') },
		http: `include ${root}/deploy/nginx/http.conf;`,
		server: `location / { return 200 "the site's own"; } location ~ \\.js$ { return 404; }
			${adapt(await readFile(join(root, 'deploy/nginx/js.conf'), 'utf8'), [['/usr/local/share/pgbell/www/js', js]])}`,
	});
	try {
		const get = (path, headers = {}) => request(own.url + path, { headers });
		const module = await get('/js/notification-bell.js', { 'accept-encoding': 'gzip' });
		assert.deepEqual([module.status, module.headers['content-encoding'], module.headers['cache-control'], module.headers['x-content-type-options'], module.headers.vary],
			[200, 'gzip', 'no-cache', 'nosniff', 'Accept-Encoding']);
		assert.match(module.headers['content-type'], /javascript/);
		assert.equal((await get('/js/notification-bell.js', { 'if-none-match': module.headers.etag })).status, 304);
		const bundle = await get('/js/pgbell-1.2.3.min.js', { 'accept-encoding': 'gzip' });
		assert.deepEqual([bundle.status, bundle.headers['content-encoding'], bundle.headers['cache-control']], [200, 'gzip', 'public, max-age=31536000, immutable']);
		assert.equal((await get('/js/nothing.js')).status, 404);
		assert.equal((await get('/')).text, "the site's own");
	} finally {
		await own.stop();
	}
});
