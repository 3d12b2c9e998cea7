// deploy/lighttpd/pgbell.conf as its users deploy it: both programs started by
// systemd, or the workers by lighttpd itself, or both by it, with one role.

import assert from 'node:assert';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { holdsStreams, leave, missesNothingWhile, passesRequests, passesSockets, ringsThrough, servesThePage, takesChunkedBodies } from '../lib/duties.mjs';
import { request } from '../lib/http.mjs';
import { Browser, ringsOverHttp2 } from '../lib/http2.mjs';
import { root, startSite } from '../lib/site.mjs';
import { becomeTenant } from '../lib/tenant.mjs';
import { startService } from '../lib/units.mjs';
import { waitFor } from '../lib/wait.mjs';
import { adapt, programs, startWebServer } from '../lib/webserver.mjs';

const STREAMS = 1000;
const LIMIT = { timeout: 120_000 };
const NO_HEARTBEATS = { PGBELL_HEARTBEAT_S: '3600' };

let site, server, recipe, services = [];

before(async () => {
	recipe = await readFile(join(root, 'deploy/lighttpd/pgbell.conf'), 'utf8');
	site = await startSite({ apis: 1, env: { PGBELL_DRAIN_S: '0' } });
	const options = {
		units: join(root, 'deploy/systemd'), bin: programs, directory: join(site.state, 'systemd'), owner: await stat(join(site.state, 'pg')),
		logs: join(site.state, 'log'), environment: { PGHOST: site.env.PGHOST, PGPORT: site.env.PGPORT, ...NO_HEARTBEATS },
	};
	services = [await startService('pgbell-api', { ...options, count: 2 }), await startService('pgbell-stream', options)];
	server = await startLighttpd('lighttpd', { api: services[0].socket, stream: services[1].socket });
});

after(async () => {
	await server?.stop();
	for (const service of services)
		await service.stop();
	await site?.stop();
});

// What a lighttpd.conf has before it includes the recipe, as Debian's does.
const base = (directory, port) => `
server.bind          = "127.0.0.1"
server.port          = ${port}
server.document-root = "/var/www/html"
server.pid-file      = "${directory}/pid"
server.upload-dirs   = ( "${directory}" )
accesslog.filename   = "${directory}/access.log"
server.modules       = ( "mod_indexfile", "mod_access", "mod_alias", "mod_redirect", "mod_deflate" )
server.feature-flags += ( "server.h2proto" => "enable", "server.h2c" => "enable" )
server.feature-flags += ( "server.graceful-shutdown-timeout" => 2 )
server.http-parseopts = (
	"header-strict" => "enable", "host-strict" => "enable", "host-normalize" => "enable", "url-normalize-unreserved" => "enable",
	"url-normalize-required" => "enable", "url-ctrls-reject" => "enable", "url-path-2f-decode" => "enable", "url-path-dotseg-remove" => "enable",
)
index-file.names     = ( "index.php", "index.html" )
url.access-deny      = ( "~", ".inc" )
static-file.exclude-extensions = ( ".php", ".pl", ".fcgi" )
mimetype.assign      = ( ".html" => "text/html", ".js" => "text/javascript", ".css" => "text/css", ".svg" => "image/svg+xml" )
deflate.mimetypes    = ( "text/plain" )
include "pgbell.conf"
`;

// sockets of those programs that somebody else starts; lighttpd starts the others.
function startLighttpd(name, { api, stream, database = {} }) {
	const variables = (user) => Object.entries({ ...site.env, ...NO_HEARTBEATS, PGUSER: user, ...database }).map(([it, value]) => `"${it}" => "${value}"`).join(', ');
	const uncomment = (text) => text.replace(/^(\t+)#"/gm, '$1"');
	const [head, streamPart, apiPart] = recipe.split(/(?=\t"\/api\/(?:notifications\/stream)?" => \(\()/);
	const chosen = [head, stream ? streamPart : uncomment(streamPart), api ? apiPart : uncomment(apiPart)].join('');
	const text = (directory) => adapt(chosen, [
		['/run/pgbell/stream.sock', stream ?? `${directory}/stream.sock`],
		['/run/pgbell/api.sock', api ?? `${directory}/api.sock`],
		['/run/pgbell/websocket.sock', `${site.state}/run/websocket.sock`],
		['"PGDATABASE" => "app", "PGUSER" => "pgbell_stream"', variables('pgbell_stream')],
		['"PGDATABASE" => "app", "PGUSER" => "pgbell_api"', variables('pgbell_api')],
		['/usr/local/share/pgbell/www', join(root, 'deploy/www')],
		['/usr/local/bin', programs],
		['#deflate', 'deflate'],
		['"text/html", "text/css"', '"text/event-stream", "text/html", "text/css"'],
		...api && stream ? [] : [['\nserver.feature-flags', '\n#server.feature-flags']],
	]);
	return startWebServer(site, name, { 'lighttpd.conf': base, 'pgbell.conf': text },
		(directory) => ['/usr/sbin/lighttpd', '-D', '-f', `${directory}/lighttpd.conf`]);
}

// A lighttpd that is told to reload closes a connection on which it has read nothing
// yet; a browser asks again over another one then.
function askAsABrowser() {
	const ask = () => site.api('GET', '/api/questions');
	return ask().catch((error) => error.code === 'ECONNRESET' ? ask() : Promise.reject(error));
}

// The same site behind another lighttpd.
async function meanwhile(name, options, test) {
	const { url } = site;
	const other = await startLighttpd(name, options);
	try {
		await test(other);
	} finally {
		await other.stop();
		site.url = url;
	}
}

test('a row inserted rings through lighttpd, and what was missed is told', () => ringsThrough(site));

test('a WebSocket is passed on, both ways', () => passesSockets(site));

test('requests of every shape reach the workers', () => passesRequests(site));

test('a body that comes in chunks is taken', () => takesChunkedBodies(site));

test('the page comes with its headers and is asked for again by its tag', () => servesThePage(site));

test('scripts and styles are compressed, and known by their tag all the same; a stream never is', async () => {
	const zipped = { 'accept-encoding': 'gzip' };
	for (const path of ['/js/app.js', '/css/base.css']) {
		const { headers } = await site.api('GET', path, { headers: zipped });
		assert.equal(headers['content-encoding'], 'gzip', path);
		assert.equal((await site.api('GET', path, { headers: { ...zipped, 'if-none-match': headers.etag } })).status, 304);
	}
	const user = await site.signUp();
	const stream = await site.stream(user.token, { headers: zipped });
	assert.equal(stream.headers['content-encoding'], undefined);
	await stream.next('connected');
	stream.close();
});

test('a client that leaves is noticed at once', async () => {
	assert.equal(await leave(site, await site.signUp()), 0, 'without a heartbeat');
});

test('numbers are shown to nobody elsewhere', async () => {
	const from = (localAddress, path) => request(server.url + path, { localAddress }).then(({ status }) => status);
	assert.deepEqual([await from('127.0.0.1', '/metrics'), await from('127.0.0.2', '/metrics'), await from('127.0.0.2', '/metrics?x')], [200, 403, 403]);
	assert.equal((await site.api('GET', '/api/health')).body.listener, 'ok');
	assert.equal((await site.api('GET', '/api/notifications/stream/stats')).status, 401, 'an operator\'s session is asked for');
});

test('the access log has paths, and no token', async () => {
	const user = await site.signUp();
	const stream = await site.stream(undefined, { query: { token: user.token } });
	await stream.next('connected');
	stream.close();
	server.signal('SIGHUP'); // as logrotate does
	const log = await waitFor('its line', async () => {
		const text = await readFile(join(server.directory, 'access.log'), 'utf8');
		return /GET \/api\/notifications\/stream" 200/.test(text) && text;
	});
	assert.ok(!log.includes(user.token));
});

test('over HTTP/2 it rings too, through seven streams on a connection', async () => {
	assert.equal(await ringsOverHttp2(new Browser(server.url).behind(site), 7), 0, 'one that left was noticed without a heartbeat');
});

test(`${STREAMS} streams at once`, LIMIT, async (t) => t.diagnostic(await holdsStreams(site, STREAMS)));

test('a reload of lighttpd loses no event, and nobody waits for it', LIMIT, async () => {
	const tab = await missesNothingWhile(site, async (it) => {
		server.signal('SIGUSR1');
		assert.equal((await askAsABrowser()).status, 200);
		await waitFor('its return', () => it.rounds === 2);
	});
	assert.equal(tab.rounds, 2);
});

test('lighttpd starts the workers, and a reload loses no event', LIMIT, () => meanwhile('lighttpd-workers', { stream: services[1].socket }, async (other) => {
	await ringsThrough(site);
	await passesRequests(site);
	const tab = await missesNothingWhile(site, async (it) => {
		other.signal('SIGUSR1');
		assert.equal((await askAsABrowser()).status, 200, 'new requests wait');
		await waitFor('its return', () => it.rounds === 2);
	});
	assert.equal(tab.rounds, 2);
}));

test('lighttpd starts both as the one role that owns the database, and ends them in good order', LIMIT, async () => {
	await becomeTenant(site);
	await meanwhile('lighttpd-alone', { database: { PGDATABASE: 'tenant', PGUSER: 'tenant' } }, async (other) => {
		await ringsThrough(site);
		await passesRequests(site);
		const names = await site.superuser("select distinct application_name as name from pg_stat_activity where usename = 'tenant'");
		for (const name of ['pgbell-api', 'pgbell-stream listener', 'pgbell-stream reader'])
			assert.ok(names.some((it) => it.name === name), name);
		assert.equal(await leave(site, await site.signUp()), 0, 'without a heartbeat');
		await missesNothingWhile(site, async (it) => {
			other.signal('SIGUSR1');
			await waitFor('its return', () => it.rounds === 2);
		});
	});
});
