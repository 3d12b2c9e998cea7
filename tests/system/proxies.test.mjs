// HAProxy, Varnish, Caddy and Apache as proxies in front of nginx, by the recipes of deploy/.

import assert from 'node:assert';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { caddyCommand, readCaddyRecipe } from '../lib/caddy.mjs';
import { leave, missesNothingWhile, passesRequests, passesSockets, ringsThrough } from '../lib/duties.mjs';
import { request } from '../lib/http.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { root, startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';
import { adapt, apacheBase, apacheCommand, startWebServer } from '../lib/webserver.mjs';

const STREAMS_OF_A_PERSON = 32;
const VISITS = STREAMS_OF_A_PERSON + 4;
const PROMPT_MS = 150; // less than a kernel waits for more to come
const recipe = (name) => readFile(join(root, 'deploy', name), 'utf8');

let site, nginx;

before(async () => {
	site = await startSite();
	// The lines for nginx that each recipe has.
	const lines = await Promise.all(['haproxy/pgbell.cfg', 'varnish/pgbell.vcl', 'caddy/proxy.Caddyfile', 'apache/proxy.conf']
		.map(async (name) => (await recipe(name)).match(/^#   (?:set_real_ip_from|real_ip_header) .*$/gm).map((line) => line.slice(4)).join('\n')));
	assert.equal(new Set(lines).size, 1);
	nginx = await startNginx({
		directory: join(site.state, 'behind'), upstreams: { api: join(site.state, 'run/api.sock'), stream: join(site.state, 'run/stream.sock'),
			websocket: join(site.state, 'run/websocket.sock') },
		http: `include ${root}/deploy/nginx/http.conf;`,
		server: `${lines[0]} root ${root}/deploy/www; include ${root}/deploy/nginx/page.conf; include ${root}/deploy/nginx/pgbell.conf;`,
	});
});

after(async () => {
	await nginx?.stop();
	await site?.stop();
});

const port = () => new URL(nginx.url).port;

async function through(name, files, command, body) {
	const { url } = site;
	const proxy = await startWebServer(site, name, files, command);
	try {
		await body(proxy);
	} finally {
		await proxy.stop();
		site.url = url;
	}
}

// Debian's file, of which what asks for root is left out, and the recipe behind it.
async function throughHaproxy(body, change = (text) => text) {
	const debians = (await readFile('/etc/haproxy/haproxy.cfg', 'utf8')).replace(/^global\n(?:[ \t]+.*\n|\n)*/m, '');
	assert.match(debians, /timeout server +50000/);
	const text = change(await recipe('haproxy/pgbell.cfg'));
	await through('haproxy', { 'haproxy.cfg': (directory, own) => `${debians}${adapt(text, [['bind :80', `bind 127.0.0.1:${own}`], ['127.0.0.1:8080', `127.0.0.1:${port()}`]])}` },
		() => ['/usr/sbin/haproxy', '-db', '-f', 'haproxy.cfg'], body);
}

async function throughVarnish(body, change = (text) => text) {
	const text = adapt(change(await recipe('varnish/pgbell.vcl')), [['"8080"', `"${port()}"`]]);
	await through('varnish', { 'pgbell.vcl': text },
		(directory, own) => ['/usr/sbin/varnishd', '-F', '-j', 'none', '-n', `${directory}/work`, '-a', `127.0.0.1:${own}`, '-f', `${directory}/pgbell.vcl`, '-s', 'malloc,16m'], body);
}

async function throughCaddy(body) {
	const files = await readCaddyRecipe('proxy.Caddyfile', site, (text) => adapt(text, [['\n{\n', '\n{\n\tadmin off\n'], ['127.0.0.1:8080', `127.0.0.1:${port()}`]]));
	await through('caddy-proxy', files, caddyCommand, body);
}

async function throughApache(body) {
	const text = adapt(await recipe('apache/proxy.conf'), [['127.0.0.1:8080', `127.0.0.1:${port()}`]]);
	const base = (directory, own) => `${apacheBase(directory, own, ['proxy', 'proxy_http'])}
<VirtualHost *>
	Include ${directory}/proxy.conf
</VirtualHost>
`;
	await through('apache-proxy', { 'httpd.conf': base, 'proxy.conf': text }, apacheCommand, body);
}

// As a site of many pages has it.
async function comeAndGo(count) {
	const { token } = await site.signUp();
	const statuses = new Set();
	for (let i = 0; i < count; i++) {
		const stream = await site.stream(token);
		statuses.add(stream.status);
		await stream.next('connected');
		stream.close();
	}
	assert.deepEqual([...statuses], [200]);
}

async function showsNumbersToNobody(proxy) {
	const from = (localAddress, path) => request(proxy.url + path, { localAddress }).then(({ status }) => status);
	assert.deepEqual([await from('127.0.0.1', '/metrics'), await from('127.0.0.2', '/metrics'), await from('127.0.0.2', '//metrics'), await from('127.0.0.2', '/api/health')],
		[200, 403, 403, 200]);
}

for (const [name, through, options] of [['HAProxy', throughHaproxy, { withinMs: PROMPT_MS }], ['Varnish', throughVarnish], ['Caddy as a proxy', throughCaddy]])
	test(`a row inserted rings through ${name}, and one who leaves is noticed at once`, () => through(async (proxy) => {
		await ringsThrough(site, options);
		await passesRequests(site);
		await passesSockets(site);
		assert.equal(await leave(site, await site.signUp()), 0, 'without a heartbeat');
		await comeAndGo(VISITS);
		await showsNumbersToNobody(proxy);
	}));

test('a row inserted rings through Apache as a proxy', () => throughApache(async (proxy) => {
	await ringsThrough(site);
	await passesRequests(site);
	await passesSockets(site);
	await comeAndGo(VISITS); // it learns by what is written that one has left, and is written to in time
	await showsNumbersToNobody(proxy);
}));

// Who leaves is found out when a person is at the limit, by a word to each of its streams.
const silent = {
	'HAProxy without its option': (body) => throughHaproxy(body, (text) => adapt(text, [['\toption abortonclose\n', '']])),
	'Varnish without a pipe': (body) => throughVarnish(body, (text) => adapt(text, [['return (pipe);', 'return (pass);']])),
	'Apache': throughApache,
};

for (const [name, proxied] of Object.entries(silent))
	test(`one who opens and leaves stream after stream is never refused, though a proxy tells of nobody who left: ${name}`, () => proxied(async () => {
		await comeAndGo(2 * STREAMS_OF_A_PERSON + 4);
		const { token } = await site.signUp();
		const open = await Promise.all(Array.from({ length: STREAMS_OF_A_PERSON }, () => site.stream(token)));
		const refused = await site.stream(token);
		assert.equal(refused.status, 429, 'those that are there stay');
		for (const stream of open) {
			assert.equal(stream.status, 200);
			assert.equal(stream.isEnded, undefined);
			stream.close();
		}
	}));

test('nginx reloaded behind each of them, no event is lost', async () => {
	for (const proxied of [throughHaproxy, throughVarnish, throughCaddy, throughApache])
		await proxied(() => missesNothingWhile(site, async (tab) => {
			process.kill(await site.pid('pgbell-stream'));
			await waitFor('its return', () => tab.rounds > 1);
		}));
});
