// The client in a site with pages of its own: the recipe for /js/ that each web server has.

import assert from 'node:assert';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { caddyCommand } from '../lib/caddy.mjs';
import { request } from '../lib/http.mjs';
import { root, startSite } from '../lib/site.mjs';
import { adapt, apacheBase, apacheCommand, startWebServer } from '../lib/webserver.mjs';

const SHARE = '/usr/local/share/pgbell';

let site, js;

before(async () => {
	site = await startSite({ apis: 1 });
	js = join(site.state, 'client/js');
	await cp(join(root, 'deploy/www/js'), js, { recursive: true });
	await writeFile(join(js, 'pgbell-1.2.3.min.js'), `export const words = "${'many '.repeat(200)}";`);
});
after(() => site?.stop());

const recipe = async (name) => adapt(await readFile(join(root, 'deploy', name), 'utf8'), [[`${SHARE}/www/js`, js]]);
const pages = { 'pages/index.html': 'the site\'s own' };

const servers = {
	nginx: async () => [{ 'nginx.conf': (directory, port) => `
		daemon off; pid nginx.pid; error_log error.log; events { worker_connections 64; }
		http {
			include /etc/nginx/mime.types; access_log off;
			${['client_body', 'fastcgi', 'proxy', 'scgi', 'uwsgi'].map((it) => `${it}_temp_path tmp-${it};`).join(' ')}
			include ${root}/deploy/nginx/http.conf;
			server {
				listen 127.0.0.1:${port}; root pages; location ~ \\.js$ { return 404; }
				include js.conf;
			}
		}`, 'js.conf': await recipe('nginx/js.conf') },
	(directory) => ['/usr/sbin/nginx', '-p', `${directory}/`, '-c', 'nginx.conf', '-e', 'error.log']],

	lighttpd: async () => [{ 'lighttpd.conf': (directory, port) => `
		server.bind = "127.0.0.1"
		server.port = ${port}
		server.document-root = "${directory}/pages"
		server.upload-dirs = ( "${directory}" )
		server.modules = ( "mod_indexfile", "mod_alias", "mod_deflate" )
		index-file.names = ( "index.html" )
		mimetype.assign = ( ".html" => "text/html", ".js" => "text/javascript" )
		include "js.conf"
		`, 'js.conf': adapt(await recipe('lighttpd/js.conf'), [['#deflate', 'deflate']]) },
	(directory) => ['/usr/sbin/lighttpd', '-D', '-f', `${directory}/lighttpd.conf`]],

	Apache: async () => [{ 'httpd.conf': (directory, port) => `${apacheBase(directory, port, ['alias'])}
		DocumentRoot ${directory}/pages
		<VirtualHost *>
			Include ${directory}/js.conf
		</VirtualHost>
		`, 'js.conf': await recipe('apache/js.conf') }, apacheCommand],

	Caddy: async () => [{ Caddyfile: (directory, port) => `
		{
			admin off
		}
		http://127.0.0.1:${port} {
			root * ${directory}/pages
			import js.caddy
			file_server
		}
		`, 'js.caddy': await recipe('caddy/js.caddy') }, caddyCommand],
};

for (const [name, prepare] of Object.entries(servers))
	test(`a site of its own serves the client: modules that are asked for by their tag, and one file for a year: ${name}`, async () => {
		const [files, command] = await prepare();
		const own = await startWebServer(site, `client-${name}`, { ...pages, ...files }, command);
		try {
			const get = (path, headers = {}) => request(own.url + path, { headers: { 'accept-encoding': 'gzip, br', ...headers } });
			const module = await get('/js/notification-bell.js');
			assert.deepEqual([module.status, module.headers['content-encoding'], module.headers['cache-control'], module.headers['x-content-type-options'], module.headers.vary],
				[200, 'gzip', 'no-cache', 'nosniff', 'Accept-Encoding']);
			assert.match(module.headers['content-type'], /javascript/);
			assert.equal((await get('/js/notification-bell.js', { 'if-none-match': module.headers.etag })).status, 304);
			const bundle = await get('/js/pgbell-1.2.3.min.js');
			assert.deepEqual([bundle.status, bundle.headers['content-encoding'], bundle.headers['cache-control'], bundle.headers['x-content-type-options']],
				[200, 'gzip', 'public, max-age=31536000, immutable', 'nosniff']);
			assert.equal((await get('/js/nothing.js')).status, 404);
			assert.equal((await get('/')).text, 'the site\'s own');
		} finally {
			await own.stop();
		}
	});
