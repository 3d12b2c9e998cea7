// deploy/apache/pgbell.conf: mod_proxy_fcgi in front of both programs.

import assert from 'node:assert';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { request } from '../lib/http.mjs';
import { root, startSite } from '../lib/site.mjs';
import { adapt, apacheBase, apacheCommand, leave, missesNothingWhile, passesRequests, ringsThrough, servesThePage,
	startWebServer, waitFor } from '../lib/webserver.mjs';

let site, server;

before(async () => {
	site = await startSite({ apis: 2, env: { PGBELL_HEARTBEAT_S: '1' } });
	const recipe = await readFile(join(root, 'deploy/apache/pgbell.conf'), 'utf8');
	const text = adapt(recipe, [
		['/run/pgbell', `${site.state}/run`],
		['/usr/local/share/pgbell/www', join(root, 'deploy/www')],
	]);
	const base = (directory, port) => `${apacheBase(directory, port, ['proxy', 'proxy_fcgi'])}
<VirtualHost *>
	Include ${directory}/pgbell.conf
</VirtualHost>
`;
	server = await startWebServer(site, 'apache', { 'httpd.conf': base, 'pgbell.conf': text }, apacheCommand);
});

after(async () => {
	await server?.stop();
	await site.stop();
});

test('a row inserted rings through Apache, and what was missed is told', () => ringsThrough(site));

test('an event is not held back by a compressor', async () => {
	const user = await site.signUp();
	const stream = await site.stream(user.token, { headers: { 'accept-encoding': 'gzip' } });
	assert.equal(stream.headers['content-encoding'], undefined);
	await stream.next('connected');
	stream.close();
	const page = await site.api('GET', '/', { headers: { 'accept-encoding': 'gzip' } });
	assert.equal(page.headers['content-encoding'], 'gzip', 'there is one');
});

test('requests of every shape reach the workers', () => passesRequests(site));

test('the page comes with its headers and is asked for again by its tag', () => servesThePage(site));

test('a client that leaves is noticed by the next heartbeats', async () => {
	const tookMs = await leave(site, await site.signUp());
	assert.ok(tookMs < 4000, `it took ${tookMs} ms with a heartbeat a second`);
});

test('numbers are shown to nobody elsewhere', async () => {
	assert.equal((await request(`${server.url}/metrics`, { localAddress: '127.0.0.1' })).status, 200);
	assert.equal((await site.api('GET', '/api/health')).body.listener, 'ok');
});

test('the access log has paths, and no token', async () => {
	const user = await site.signUp();
	const stream = await site.stream(undefined, { query: { token: user.token } });
	await stream.next('connected');
	stream.close();
	const log = await waitFor('its line', async () => {
		const text = await readFile(join(server.directory, 'pgbell.log'), 'utf8');
		return /GET \/api\/notifications\/stream" 200/.test(text) && text;
	});
	assert.ok(!log.includes(user.token));
});

test('a graceful restart of Apache cuts no stream', async () => {
	const tab = await missesNothingWhile(site, async () => {
		server.signal('SIGUSR1');
		await waitFor('a new generation', async () => (await site.api('GET', '/')).status === 200);
	});
	assert.equal(tab.rounds, 1);
});

test('a stream process that ends is followed by the next, and no event is lost', async () => {
	const tab = await missesNothingWhile(site, async (it) => {
		process.kill(await site.pid('pgbell-stream'));
		await waitFor('its return', () => it.rounds === 2);
	});
	assert.equal(tab.rounds, 2);
});
