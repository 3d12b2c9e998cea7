// deploy/apache/pgbell.conf: mod_proxy_fcgi in front of both programs.

import assert from 'node:assert';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { holdsStreams, leave, missesNothingWhile, notify, passesRequests, passesSockets, ringsThrough, servesThePage, takesChunkedBodies } from '../lib/duties.mjs';
import { request } from '../lib/http.mjs';
import { Browser, ringsOverHttp2 } from '../lib/http2.mjs';
import { root, startSite } from '../lib/site.mjs';
import { Tab } from '../lib/tab.mjs';
import { expectAnswer, waitFor } from '../lib/wait.mjs';
import { adapt, apacheBase, apacheCommand, startWebServer } from '../lib/webserver.mjs';

const STREAMS = 1000;
const LIMIT = { timeout: 120_000 };

let site, server;

const readRecipe = async ({ state }) => adapt(await readFile(join(root, 'deploy/apache/pgbell.conf'), 'utf8'), [
	['/run/pgbell', `${state}/run`],
	['/usr/local/share/pgbell/www', join(root, 'deploy/www')],
]);

before(async () => {
	site = await startSite({ apis: 2, env: { PGBELL_HEARTBEAT_S: '1' } });
	const text = await readRecipe(site);
	// The lines that it has for so many streams; they stand outside of any <VirtualHost>.
	const threads = text.match(/^#   (?:ServerLimit|ThreadsPerChild|MaxRequestWorkers) .*$/gm).map((line) => line.slice(1));
	assert.equal(threads.length, 3);
	const base = (directory, port) => `${apacheBase(directory, port, ['proxy', 'proxy_fcgi', 'proxy_http', 'remoteip', 'http2', 'cache', 'cache_disk'])}
CacheRoot             "${directory}/cache"
CacheEnable           disk /
CacheStoreNoStore     on
CacheStorePrivate     on
CacheIgnoreNoLastMod  on
CacheDefaultExpire    3600
CacheIgnoreCacheControl on
Protocols             h2c http/1.1
RemoteIPHeader        X-Forwarded-For
RemoteIPInternalProxy 127.0.0.1
${threads.join('\n')}
<VirtualHost *>
	Include ${directory}/pgbell.conf
</VirtualHost>
`;
	server = await startWebServer(site, 'apache', { 'httpd.conf': base, 'pgbell.conf': text, 'cache/.keep': '' }, apacheCommand);
});

after(async () => {
	await server?.stop();
	await site?.stop();
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

test('a WebSocket is passed on, both ways', () => passesSockets(site));

test('requests of every shape reach the workers', () => passesRequests(site));

test('a body that comes in chunks is taken', () => takesChunkedBodies(site));

test('the page comes with its headers and is asked for again by its tag', () => servesThePage(site));

test('a client that leaves is noticed by the next heartbeats', async () => {
	const heartbeats = await leave(site, await site.signUp());
	assert.ok(heartbeats <= 3, `it took ${heartbeats} heartbeats, one of which may have come before it left`);
});

test('numbers are shown to nobody elsewhere', async () => {
	const from = (address, path) => request(server.url + path, { headers: { 'x-forwarded-for': address } }).then(({ status }) => status);
	assert.deepEqual([await from('127.0.0.1', '/metrics'), await from('203.0.113.7', '/metrics'), await from('203.0.113.7', '/api/health')], [200, 403, 200]);
	assert.equal(await from('127.0.0.1', '/api/notifications/stream/stats'), 401, 'an operator\'s session is asked for');
	assert.equal((await site.api('GET', '/api/health')).body.listener, 'ok');
});

test('a cache for the whole site gives nobody another\'s list', async () => {
	for (const user of [await site.signUp(), await site.signUp()]) {
		const { body } = await site.api('GET', '/api/notifications', { cookie: `pgbell_session=${user.token}` });
		assert.equal(body.user_id, String(user.id));
	}
	assert.equal((await site.api('GET', '/api/notifications')).status, 401);
});

test('short answers say how long they are, and leave the connection open for more', async () => {
	const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
	const { token } = await site.signUp();
	const ports = new Set();
	for (const path of ['/api/health', '/api/notifications', '/api/notifications/unread-count', '/']) {
		const answer = await new Promise((resolve, reject) => {
			const outgoing = http.get(server.url + path, { agent, headers: { authorization: `Bearer ${token}` } }, resolve).on('error', reject);
			expectAnswer(`GET ${path}`, outgoing, 'response');
		});
		ports.add(answer.socket.localPort);
		const text = (await answer.toArray()).join('');
		assert.deepEqual([answer.statusCode, Number(answer.headers['content-length'])], [200, Buffer.byteLength(text)], path);
	}
	assert.equal(ports.size, 1);
	agent.destroy();
});

test('over HTTP/2 it rings too, through five streams on a connection', async () => {
	const heartbeats = await ringsOverHttp2(new Browser(server.url).behind(site), 5);
	assert.ok(heartbeats <= 3, `it took ${heartbeats} heartbeats, one of which may have come before it left`);
});

test(`${STREAMS} streams at once`, LIMIT, async (t) => t.diagnostic(await holdsStreams(site, STREAMS)));

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

// Each process that a reload replaces stays for the streams that it has, and takes one of so few places.
test('reloads beyond ServerLimit, with a stream open at each, leave room for the next: streams have their time', LIMIT, async () => {
	const PLACES = 2;
	const other = await startSite({ apis: 1, env: { PGBELL_HEARTBEAT_S: '1', PGBELL_LIFETIME_S: '1' } });
	const few = ['ServerLimit', 'StartServers', 'ThreadsPerChild'].map((name) => `${name} ${name === 'ThreadsPerChild' ? 8 : PLACES}\n`).join('');
	const base = (directory, port) => `${apacheBase(directory, port, ['proxy', 'proxy_fcgi'])}
${few}MaxRequestWorkers ${PLACES * 8}
<VirtualHost *>
	Include ${directory}/pgbell.conf
</VirtualHost>
`;
	const small = await startWebServer(other, 'apache', { 'httpd.conf': base, 'pgbell.conf': await readRecipe(other) }, apacheCommand);
	try {
		const user = await other.signUp();
		const generations = async () => (await readFile(join(other.state, 'log/httpd.log'), 'utf8')).split('resuming normal operations').length - 1;
		const tabs = [];
		for (let reloads = 0; reloads <= PLACES; reloads++) {
			const tab = new Tab(other, user.token);
			tabs.push(tab);
			await waitFor('the tab', () => tab.rounds > 0);
			const before = await generations();
			small.signal('SIGUSR1');
			await waitFor('a new generation', async () => await generations() > before);
		}
		assert.equal((await other.api('GET', '/')).status, 200);
		await notify(other, user);
		await waitFor('the event', () => tabs.every((tab) => tab.numbers.includes(1)));
		assert.deepEqual(tabs.flatMap((tab) => tab.statuses).filter((status) => status !== 200), []);
		await Promise.all(tabs.map((tab) => tab.close()));
	} finally {
		await small.stop();
		await other.stop();
	}
});

test('a stream process that ends is followed by the next, and no event is lost', async () => {
	const tab = await missesNothingWhile(site, async (it) => {
		process.kill(await site.pid('pgbell-stream'));
		await waitFor('its return', () => it.rounds === 2);
	});
	assert.equal(tab.rounds, 2);
});
