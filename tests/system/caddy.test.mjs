// deploy/caddy: Caddy as the web server, by FastCGI to both programs.

import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { caddyCommand, readCaddyRecipe } from '../lib/caddy.mjs';
import { holdsStreams, leave, missesNothingWhile, notify, passesRequests, passesSockets, ringsThrough, servesThePage, takesChunkedBodies } from '../lib/duties.mjs';
import { request } from '../lib/http.mjs';
import { Browser, ringsOverHttp2 } from '../lib/http2.mjs';
import { root, startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';
import { adapt, programs, startWebServer } from '../lib/webserver.mjs';

const run = promisify(execFile);
const STREAMS = 1000;
const LIMIT = { timeout: 120_000 };
const HEARTBEATS = 4; // it writes three times to one who left, and one may have come before

let site, server;

before(async () => {
	site = await startSite({ apis: 2, env: { PGBELL_HEARTBEAT_S: '1' } });
	const files = await readCaddyRecipe('Caddyfile', site, (text) => adapt(text, [
		// One that compresses all that it can, and is told anew by a socket.
		['\n{\n', '\n{\n\tadmin unix/CADDY/admin.sock\n\tservers {\n\t\tprotocols h1 h2c\n\t}\n'],
		['\thandle {\n', '\tencode gzip\n\thandle {\n'],
	]));
	server = await startWebServer(site, 'caddy', files, caddyCommand);
});

after(async () => {
	await server?.stop();
	await site?.stop();
});

test('a row inserted rings through Caddy, and what was missed is told', () => ringsThrough(site));

test('what was missed comes at once to one who can read gzip, however much it is', async () => {
	const user = await site.signUp();
	for (let i = 0; i < 20; i++)
		await notify(site, user);
	const stream = await site.stream(user.token, { lastEventId: 1, headers: { 'accept-encoding': 'gzip' } });
	assert.equal(stream.headers['content-encoding'], undefined);
	while ((await stream.next('new_notification')).id !== '20');
	stream.close();
	const page = await site.api('GET', '/', { headers: { 'accept-encoding': 'gzip' } });
	assert.equal(page.headers['content-encoding'], 'gzip', 'there is a compressor');
});

test('a WebSocket is passed on, both ways', () => passesSockets(site));

test('requests of every shape reach the workers', () => passesRequests(site));

test('a body that comes in chunks is taken', () => takesChunkedBodies(site));

test('the page comes with its headers and is asked for again by its tag', () => servesThePage(site));

test('a client that leaves is noticed by the next heartbeats', async () => {
	const heartbeats = await leave(site, await site.signUp());
	assert.ok(heartbeats <= HEARTBEATS, `it took ${heartbeats} heartbeats`);
});

test('numbers are shown to nobody elsewhere', async () => {
	const from = (localAddress, path) => request(server.url + path, { localAddress }).then(({ status }) => status);
	for (const path of ['/metrics', '//metrics', '/METRICS', '/%6detrics', '/./metrics', '/metrics?x'])
		assert.ok([403, 404].includes(await from('127.0.0.2', path)), path);
	assert.deepEqual([await from('127.0.0.1', '/metrics'), await from('127.0.0.2', '/metrics'), await from('127.0.0.2', '/api/health')], [200, 403, 200]);
	assert.equal(await from('127.0.0.1', '/api/notifications/stream/stats'), 401, 'an operator\'s session is asked for');
});

test('the doctor finds nothing wrong at its address', async () => {
	const words = ['--json', '--sockets', join(site.state, 'run'), '--url', server.url, '--log', join(server.directory, 'access.log')];
	const { stdout } = await run(join(programs, 'pgbell-doctor'), words, { env: { PATH: process.env.PATH, ...site.env, PGBELL_HEARTBEAT_S: '1' } }).catch((error) => error);
	const found = JSON.parse(stdout).findings.filter(({ check }) => check.startsWith('outside.'));
	assert.ok(found.length > 8);
	assert.deepEqual(found.filter(({ verdict }) => verdict !== 'ok'), []);
});

test('over HTTP/2 it rings too, through seven streams on a connection', async () => {
	const heartbeats = await ringsOverHttp2(new Browser(server.url).behind(site), 7);
	assert.ok(heartbeats <= HEARTBEATS, `it took ${heartbeats} heartbeats`);
});

test(`${STREAMS} streams at once`, LIMIT, async (t) => t.diagnostic(await holdsStreams(site, STREAMS)));

test('a stream process that ends is followed by the next, and no event is lost', async () => {
	const tab = await missesNothingWhile(site, async (it) => {
		process.kill(await site.pid('pgbell-stream'));
		await waitFor('its return', () => it.rounds === 2);
	});
	assert.equal(tab.rounds, 2);
});

test('a reload of Caddy cuts no stream', async () => {
	const words = caddyCommand(server.directory);
	const reload = [...words.slice(1, words.indexOf('run')), 'reload', ...words.slice(words.indexOf('run') + 1), '--force', '--address', `unix/${server.directory}/admin.sock`];
	const tab = await missesNothingWhile(site, () => run('env', reload));
	assert.equal(tab.rounds, 1);
});

// One that reaches neither program.
async function whileAllIsAway(uncomment, body) {
	const files = await readCaddyRecipe('Caddyfile', { state: '/nowhere' }, (text) => adapt(text, [['\n{\n', '\n{\n\tadmin off\n']]));
	const text = adapt(files['pgbell.caddy'], [['lb_try_duration 10s', 'lb_try_duration 100ms']]);
	const away = await startWebServer(site, 'caddy-away', { ...files, 'pgbell.caddy': uncomment(text) }, caddyCommand);
	try {
		return await body(away.url);
	} finally {
		await away.stop();
		site.url = server.url;
	}
}

test('a browser comes back from a stream that is not there, by the lines that are commented out', () =>
	whileAllIsAway((text) => adapt(text, [[/^#handle_errors [^]*?^#\}$/m.exec(text)[0], /^#(handle_errors [^]*?^#\})$/m.exec(text)[1].replaceAll('\n#', '\n')]]), async (url) => {
		const answer = await request(`${url}/api/notifications/stream`);
		assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'text/event-stream; charset=utf-8']);
		assert.match(answer.text, /^retry: [1-4][05]00\n\n$/);
		assert.equal((await request(`${url}/api/notifications`)).status, 502);
	}));

test('no log has a token, and what went wrong is told', async () => {
	const user = await site.signUp();
	const stream = await site.stream(undefined, { query: { token: user.token } });
	await stream.next('connected');
	stream.close();
	await whileAllIsAway((text) => text, async (url) => {
		assert.equal((await request(`${url}/api/notifications/stream?token=${user.token}&ticket=secret-ticket`)).status, 502);
	});
	const read = (...path) => readFile(join(site.state, ...path), 'utf8');
	const line = /"uri":"\/api\/notifications\/stream\?token=REDACTED","/;
	const written = await waitFor('its line', async () => {
		const text = await read('caddy/access.log');
		return line.test(text) && text;
	});
	const errors = await read('log/caddy-away.log');
	assert.match(errors, /no such file.*"uri":"\/api\/notifications\/stream\?ticket=REDACTED&token=REDACTED"/);
	for (const text of [written, errors, await read('log/caddy.log'), await read('caddy-away/access.log')])
		assert.doesNotMatch(text, new RegExp(`${user.token}|secret-ticket`));
});
