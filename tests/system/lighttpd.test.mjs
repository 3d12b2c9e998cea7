// deploy/lighttpd/pgbell.conf as its users deploy it: lighttpd starts the
// workers itself, and finds the stream by its socket or starts it too.

import assert from 'node:assert';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root, startSite } from '../lib/site.mjs';
import { adapt, leave, missesNothingWhile, passesRequests, programs, ringsThrough, servesThePage, startWebServer,
	waitFor } from '../lib/webserver.mjs';
import { request } from '../lib/http.mjs';

let site, server, recipe;

before(async () => {
	recipe = await readFile(join(root, 'deploy/lighttpd/pgbell.conf'), 'utf8');
	site = await startSite({ apis: 1, env: { PGBELL_DRAIN_S: '0' } });
	server = await startLighttpd('lighttpd', { stream: `${site.state}/run/stream.sock` });
});

after(async () => {
	await server?.stop();
	await site.stop();
});

// What a lighttpd.conf has before it includes the recipe, as Debian's does.
const base = (directory, port) => `
server.bind          = "127.0.0.1"
server.port          = ${port}
server.document-root = "/var/www/html"
server.pid-file      = "${directory}/pid"
server.upload-dirs   = ( "${directory}" )
accesslog.filename   = "${directory}/access.log"
server.modules       = ( "mod_indexfile", "mod_access", "mod_alias", "mod_redirect" )
index-file.names     = ( "index.php", "index.html" )
mimetype.assign      = ( ".html" => "text/html", ".js" => "text/javascript", ".css" => "text/css", ".svg" => "image/svg+xml" )
include "pgbell.conf"
`;

function startLighttpd(name, { stream, uncomment = false }) {
	const database = `"PGHOST" => "${site.env.PGHOST}", "PGPORT" => "${site.env.PGPORT}", "PGDATABASE" => "pgbell"`;
	const text = (directory) => adapt(uncomment ? recipe.replace(/^(\t+)#"/gm, '$1"') : recipe, [
		['/run/pgbell/stream.sock', stream ?? `${directory}/stream.sock`],
		['/run/pgbell/api.sock', `${directory}/api.sock`],
		['"PGDATABASE" => "app"', database],
		['/usr/local/share/pgbell/www', join(root, 'deploy/www')],
		['/usr/local/bin', programs],
	]);
	return startWebServer(site, name, { 'lighttpd.conf': base, 'pgbell.conf': text },
		(directory) => ['/usr/sbin/lighttpd', '-D', '-f', `${directory}/lighttpd.conf`]);
}

test('a row inserted rings through lighttpd, and what was missed is told', () => ringsThrough(site));

test('requests of every shape reach the workers that lighttpd starts', () => passesRequests(site));

test('the page comes with its headers and is asked for again by its tag', () => servesThePage(site));

test('a client that leaves is noticed at once', async () => {
	const tookMs = await leave(site, await site.signUp());
	assert.ok(tookMs < 500, `it took ${tookMs} ms, and no heartbeat came along`);
});

test('numbers are shown to nobody elsewhere', async () => {
	const from = (localAddress) => request(`${server.url}/metrics`, { localAddress }).then(({ status }) => status);
	assert.deepEqual([await from('127.0.0.1'), await from('127.0.0.2')], [200, 403]);
	assert.equal((await site.api('GET', '/api/health')).body.listener, 'ok');
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

test('a reload and a restart of lighttpd lose no event', async () => {
	const tab = await missesNothingWhile(site, async (it) => {
		server.signal('SIGUSR1');
		assert.equal((await site.api('GET', '/api/questions')).status, 200, 'new requests wait');
		await waitFor('its return', () => it.rounds === 2, 20_000);
	});
	assert.equal(tab.rounds, 2);
});

test('lighttpd starts the stream too, and ends it in good order', async () => {
	const { url } = site;
	const alone = await startLighttpd('lighttpd-alone', { uncomment: true });
	try {
		await ringsThrough(site);
		const tookMs = await leave(site, await site.signUp());
		assert.ok(tookMs < 500, `it took ${tookMs} ms`);
		await missesNothingWhile(site, async (it) => {
			alone.signal('SIGUSR1');
			await waitFor('its return', () => it.rounds === 2, 20_000);
		});
	} finally {
		await alone.stop();
		site.url = url;
	}
});
