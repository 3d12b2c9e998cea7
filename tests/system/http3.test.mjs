// HTTP/3: a browser signs in, is rung, and changes what it may; by deploy/caddy, and by
// deploy/nginx where this nginx has it (Debian 13's 1.26 does, Debian 12's does not).
//
//   PGBELL_NGINX=/path/to/nginx    another one than /usr/sbin/nginx

import assert from 'node:assert';
import { execFile, spawnSync } from 'node:child_process';
import { X509Certificate, createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { caddyCommand, readCaddyRecipe } from '../lib/caddy.mjs';
import { findFreePort, root, startSite } from '../lib/site.mjs';
import { adapt, startWebServer } from '../lib/webserver.mjs';

const run = promisify(execFile);
const nginx = process.env.PGBELL_NGINX ?? '/usr/sbin/nginx';
const hasHttp3 = /--with-http_v3_module/.test(spawnSync(nginx, ['-V']).stderr);

let site, browser, port, certificate;

before(async () => {
	site = await startSite();
	port = await findFreePort();
	const { stdout } = await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
		'-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', '-', '-out', '-']);
	const [key, text] = stdout.split(/(?=-----BEGIN CERTIFICATE)/);
	certificate = { 'key.pem': key, 'certificate.pem': text };
	const digest = createHash('sha256').update(new X509Certificate(text).publicKey.export({ type: 'spki', format: 'der' })).digest('base64');
	browser = await chromium.launch({
		executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
		args: ['--disable-gpu', `--origin-to-force-quic-on=127.0.0.1:${port}`, `--ignore-certificate-errors-spki-list=${digest}`],
	});
});

after(async () => {
	await browser?.close();
	await site?.stop();
});

const startNginx = () => startWebServer(site, 'http3', { ...certificate, 'nginx.conf': (directory, plain) => `
	daemon off; pid nginx.pid; error_log error.log;
	events { worker_connections 1000; }
	http {
		include /etc/nginx/mime.types;
		access_log off;
		${['client_body', 'fastcgi', 'proxy', 'scgi', 'uwsgi'].map((it) => `${it}_temp_path tmp-${it};`).join(' ')}
		upstream pgbell_api { server unix:${site.state}/run/api.sock; }
		upstream pgbell_stream { server unix:${site.state}/run/stream.sock; }
		include ${root}/deploy/nginx/http.conf;
		server {
			listen 127.0.0.1:${plain};
			listen 127.0.0.1:${port} ssl;
			listen 127.0.0.1:${port} quic;
			ssl_certificate certificate.pem;
			ssl_certificate_key key.pem;
			root ${root}/deploy/www;
			include ${root}/deploy/nginx/page.conf;
			include ${root}/deploy/nginx/pgbell.conf;
		}
	}` }, (directory) => [nginx, '-p', `${directory}/`, '-c', 'nginx.conf', '-e', 'error.log']);

const startCaddy = async () => startWebServer(site, 'caddy-http3', { ...certificate, ...await readCaddyRecipe('Caddyfile', site, (text) => adapt(text, [
	['\n{\n', '\n{\n\tadmin off\n\tauto_https disable_redirects\n\tdefault_sni 127.0.0.1\n'],
	['http://example.org {\n', `http://example.org {\n}\n\nhttps://127.0.0.1:${port} {\n\ttls CADDY/certificate.pem CADDY/key.pem\n`],
])) }, caddyCommand);

async function tellsItsStory(start) {
	const { url } = site;
	const person = await site.signUp();
	const server = await start();
	try {
		await overHttp3(`https://127.0.0.1:${port}`, person);
	} finally {
		await server.stop();
		site.url = url;
	}
}

test('over HTTP/3 a browser signs in, is rung, marks, posts and signs out: Caddy', () => tellsItsStory(startCaddy));

test('over HTTP/3 a browser signs in, is rung, marks, posts and signs out: nginx', { skip: !hasHttp3 && 'this nginx has no HTTP/3' }, () => tellsItsStory(startNginx));

async function overHttp3(url, { id, username, password }) {
	const page = await (await browser.newContext()).newPage();
	await page.goto(`${url}/favicon.svg`);
	assert.equal(await page.evaluate(() => performance.getEntriesByType('navigation')[0].nextHopProtocol), 'h3');
	const ask = (method, path, body) => page.evaluate(async (request) => {
		const [way, address, data] = request;
		const answer = await fetch(address, { method: way, headers: { 'content-type': 'application/json' }, body: data && JSON.stringify(data) });
		return [answer.status, performance.getEntriesByName(answer.url).at(-1)?.nextHopProtocol, await answer.text()];
	}, [method, path, body]);

	const [created] = await ask('POST', '/api/session', { username, password });
	assert.equal(created, 201);
	const rung = page.evaluate(() => new Promise((resolve, reject) => {
		const stream = new EventSource('/api/notifications/stream');
		stream.onerror = () => reject(new Error('the stream ended'));
		stream.addEventListener('connected', () => { document.title = 'connected'; });
		stream.addEventListener('new_notification', (event) => resolve(JSON.parse(event.data)));
	}));
	await page.waitForFunction(() => document.title === 'connected');
	const [{ notify: row }] = await site.sql("select pgbell.notify($1, 'over-quic')", [String(id)]);
	assert.equal((await rung).kind, 'over-quic');
	const seen = [];
	for (const words of [['PUT', `/api/notifications/${row}/read`], ['DELETE', `/api/notifications/${row}/read`], ['PUT', '/api/notifications/read-all', {}],
		['POST', '/api/questions', { title: 'Over HTTP/3?', body: 'Yes.' }], ['DELETE', `/api/notifications/${row}`], ['DELETE', '/api/session']]) {
		const [status, protocol, text] = await ask(...words);
		seen.push([words.slice(0, 2).join(' ').replace(row, '…'), status, status < 300 ? '' : text]);
		assert.ok(protocol === 'h3' || protocol === undefined || protocol === '', protocol);
	}
	assert.deepEqual(seen, [['PUT /api/notifications/…/read', 200, ''], ['DELETE /api/notifications/…/read', 200, ''], ['PUT /api/notifications/read-all', 200, ''],
		['POST /api/questions', 201, ''], ['DELETE /api/notifications/…', 200, ''], ['DELETE /api/session', 204, '']]);
}
