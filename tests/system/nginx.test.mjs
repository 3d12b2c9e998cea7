// deploy/nginx/example.conf as its users deploy it: plain and over TLS with
// HTTP/2, beside a site's own habits, with its limits, logs and page.

import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { leave, missesNothingWhile, notify, passesRequests, ringsThrough, servesThePage, sharesAConnection, takesChunkedBodies } from '../lib/duties.mjs';
import { Browser } from '../lib/http2.mjs';
import { request } from '../lib/http.mjs';
import { requestRaw, sendRaw } from '../lib/raw.mjs';
import { findFreePort, root, startSite } from '../lib/site.mjs';
import { openStream } from '../lib/sse.mjs';
import { Tab } from '../lib/tab.mjs';
import { waitFor } from '../lib/wait.mjs';
import { adapt, startWebServer } from '../lib/webserver.mjs';

const STREAM = '/api/notifications/stream';
const STREAMS_OF_AN_ADDRESS = 1000;
const LIMIT = { timeout: 120_000 };
const nginx = process.env.PGBELL_NGINX ?? '/usr/sbin/nginx'; // another version, perhaps
const run = promisify(execFile);
const recipe = (name) => readFile(join(root, 'deploy/nginx', name), 'utf8');

let site, server, ca, secureUrl;

before(async () => {
	site = await startSite({ apis: 2 });
	const files = Object.fromEntries(await Promise.all(['main.conf', 'http.conf', 'pgbell.conf', 'page.conf', 'example.conf']
		.map(async (name) => [name, await recipe(name)])));
	const secure = await findFreePort();
	// As the recipe says.
	const [, ...version] = /nginx\/(\d+)\.(\d+)\.(\d+)/.exec((await run(nginx, ['-v'])).stderr).map(Number);
	const isNew = version[0] > 1 || version[1] > 25 || (version[1] === 25 && version[2] >= 1);
	secureUrl = `https://127.0.0.1:${secure}`;
	server = await startWebServer(site, 'nginx', {
		...files,
		...await makeCertificate(),
		'nginx.conf': base,
		'main.conf': adapt(files['main.conf'], [['shutdown_timeout 1m', 'shutdown_timeout 1s']]),
		// Rates that a test cannot fall behind of; what they allow at once is as shipped.
		'http.conf': adapt(files['http.conf'], [['rate=100r/s', 'rate=1r/s'], ['rate=200r/s', 'rate=1r/s'], ['rate=5r/s', 'rate=1r/s']]),
		'example.conf': (directory, port) => adapt(files['example.conf'].replace(/^(\t)#(listen 443|ssl_|http2_)/gm, '$1$2'), [
			['listen      80;', `listen 127.0.0.1:${port};`],
			['listen      [::]:80;', ''],
			...isNew ? [['listen 443 ssl http2;', `listen 127.0.0.1:${secure} ssl; http2 on;`], ['listen [::]:443 ssl http2;', '']]
				: [['listen 443 ', `listen 127.0.0.1:${secure} `]],
			['/etc/ssl/example.org', `${directory}/example.org`],
			['/usr/local/share/pgbell/www', join(root, 'deploy/www')],
			['/usr/local/share/pgbell/nginx', directory],
			['/run/pgbell', join(site.state, 'run')],
			['/var/log/nginx', directory],
		]),
	}, (directory) => [nginx, '-p', `${directory}/`, '-c', 'nginx.conf', '-e', 'error.log']);
});

after(async () => {
	await server?.stop();
	await site?.stop();
});

async function makeCertificate() {
	const { stdout } = await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
		'-subj', '/CN=example.org', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', '-', '-out', '-'], { encoding: 'utf8' });
	const [key, certificate] = stdout.split(/(?=-----BEGIN CERTIFICATE)/);
	ca = certificate;
	return { 'example.org.key': key, 'example.org.pem': certificate };
}

// What a nginx.conf has around it, as Debian's does; this one would compress everything, and let no
// field of a request and no cookie of an answer through.
const base = (directory) => `
daemon off;
pid nginx.pid;
error_log error.log;
worker_processes 1;
include main.conf;
events { worker_connections 8000; }
http {
	include /etc/nginx/mime.types;
	default_type application/octet-stream;
	access_log off;
	gzip on;
	gzip_types *;
	fastcgi_hide_header Set-Cookie;
	fastcgi_pass_request_headers off;
	${['client_body', 'fastcgi', 'proxy', 'scgi', 'uwsgi'].map((it) => `${it}_temp_path tmp-${it};`).join(' ')}
	include ${directory}/example.conf;
}
`;

const browsers = [];

// One over HTTP/2, to be used in the place of the site; from another address, where limits are.
function browse(localAddress) {
	const browser = new Browser(secureUrl, { ca, localAddress }).behind(site);
	browsers.push(browser);
	return browser;
}
after(() => browsers.forEach((browser) => browser.close()));

const readLog = (name) => readFile(join(server.directory, name), 'utf8');

async function reload() {
	const workers = async () => (await readFile(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8')).trim().split(' ');
	const [old] = await workers();
	server.signal('SIGHUP');
	await waitFor('a new worker', async () => (await workers()).some((pid) => pid !== old));
	return () => waitFor('the end of the old worker', async () => !(await workers()).includes(old));
}

test('a row inserted rings through nginx, and what was missed is told', () => ringsThrough(site));

test('the same over TLS and HTTP/2', () => ringsThrough(browse()));

test('requests of every shape reach the workers', () => passesRequests(site));

test('a body that comes in chunks is taken', () => takesChunkedBodies(site));

test('over TLS the cookie is for TLS only', async () => {
	const browser = browse();
	const { username, password } = await browser.signUp();
	const { headers } = await browser.api('POST', '/api/session', { body: { username, password } });
	assert.match(headers['set-cookie'][0], /; Secure/);
	const [cookie] = headers['set-cookie'][0].split(';');
	const write = { cookie, body: {}, headers: { origin: secureUrl, 'sec-fetch-site': 'same-origin' } };
	assert.equal((await browser.api('PUT', '/api/notifications/read-all', write)).status, 200);
	const stream = await browser.stream(undefined, { headers: { cookie } });
	await stream.next('connected');
	stream.close();
});

test('nginx has nothing to say of the configuration', async () => {
	const { stderr } = await run(nginx, ['-t', '-p', `${server.directory}/`, '-c', 'nginx.conf', '-e', 'stderr'])
		.catch((error) => error);
	assert.doesNotMatch(stderr, /\[(warn|emerg|alert)\]/);
});

test('the page comes with its headers and is asked for again by its tag', async () => {
	await servesThePage(site);
	await servesThePage(browse());
});

test('scripts, styles and pictures are compressed, and known by their tag all the same; a stream never is', async () => {
	const zipped = { 'accept-encoding': 'gzip' };
	for (const path of ['/', '/js/app.js', '/css/base.css', '/favicon.svg']) {
		const { headers } = await site.api('GET', path, { headers: zipped });
		assert.equal(headers['content-encoding'], path === '/favicon.svg' ? undefined : 'gzip', `${path} (a picture of so few bytes is not)`);
		assert.equal(headers['cache-control'], 'no-cache');
		assert.equal((await site.api('GET', path, { headers: { ...zipped, 'if-none-match': headers.etag } })).status, 304);
	}
	assert.equal((await site.api('GET', '/js/app.js', { headers: zipped })).headers.vary, 'Accept-Encoding');
	const user = await site.signUp();
	const stream = await site.stream(user.token, { headers: zipped });
	assert.equal(stream.headers['content-encoding'], undefined);
	assert.equal(stream.headers['transfer-encoding'], 'chunked');
	await stream.next('connected');
	stream.close();
});

test('a client that leaves is noticed at once, also one of many on a connection that stays', async () => {
	for (const way of [site, browse()])
		assert.equal(await leave(way, await way.signUp()), 0, 'without a heartbeat');
});

test('twelve streams on one connection each get each event, with requests between them', () => sharesAConnection(browse(), 12));

test('a reload loses no event: streams go on, are cut when the old worker ends, and come back', LIMIT, async () => {
	const browser = browse();
	const tabs = await Promise.all([site, browser].map((way) => missesNothingWhile(way, async (tab) => {
		const others = way === browser ? await eleven(browser) : [];
		const isEnded = await reload();
		await notify(site, await site.signUp()); // the new worker serves, while the old one does too
		await isEnded();
		await waitFor('its return', () => [tab, ...others].every(({ rounds }) => rounds > 1));
		await Promise.all(others.map((other) => other.close()));
	})));
	assert.ok(tabs.every((tab) => tab.rounds > 1));
	assert.ok(browser.connections > 1, 'the new one has another connection');
});

// A browser's other tabs.
async function eleven(browser) {
	const user = await browser.signUp();
	const tabs = Array.from({ length: 11 }, () => new Tab(browser, user.token));
	await waitFor('the other tabs', () => tabs.every((tab) => tab.rounds > 0));
	return tabs;
}

test('long headers, cookies and addresses come through, and back', async () => {
	const user = await site.signUp();
	for (const length of [300, 900, 1100, 3000, 7000]) {
		const headers = { cookie: `other=${'c'.repeat(length)}; pgbell_session=${user.token}`, 'x-long': 'x'.repeat(length) };
		for (const way of [site, browse()]) {
			const stream = await way.stream(undefined, { headers });
			assert.equal(stream.status, 200, `${length} bytes: ${stream.text}`);
			await stream.next('connected');
			stream.close();
			assert.equal((await way.api('GET', '/api/notifications', { headers })).status, 200);
		}
		const query = { token: user.token, last_event_id: '0', x: 'x'.repeat(length) };
		const stream = await site.stream(undefined, { query });
		await stream.next('connected');
		stream.close();
	}
	await site.sql(`insert into pgbell.notification (user_id, kind, data) values ($1, 'long', $2)`, [String(user.id), { text: 'ä'.repeat(15_000) }]);
	const stream = await site.stream(user.token, { lastEventId: 0 });
	assert.equal((await stream.next('new_notification')).data.data.text.length, 15_000);
	stream.close();
});

test('a stream of a browser costs nginx less than 13 KB', async (t) => {
	const STREAMS = 300;
	const [worker] = (await readFile(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8')).trim().split(' ');
	const bytes = async () => 1024 * Number(/^Pss_Anon: +(\d+) kB$/m.exec(await readFile(`/proc/${worker}/smaps_rollup`, 'utf8'))[1]);
	const tokens = await signInMany(Math.ceil(STREAMS / 30));
	const open = (count) => Promise.all(Array.from({ length: count }, async (_, i) => {
		const stream = await openStream(site.url + STREAM, { headers: { ...chromium, cookie: `pgbell_session=${tokens[i % tokens.length]}` } });
		await stream.next('connected');
		return stream;
	}));
	const warm = await open(20);
	const before = await bytes();
	const streams = await open(STREAMS - 20);
	const each = (await bytes() - before) / streams.length;
	t.diagnostic(`${each.toFixed(0)} bytes of nginx a stream`);
	assert.ok(each > 1000 && each < 13_312, `${each}`);
	[...warm, ...streams].forEach((stream) => stream.close());
});

// What a browser says of itself on each request.
const chromium = {
	'sec-ch-ua': '"Chromium";v="130", "Google Chrome";v="130", "Not?A_Brand";v="99"', 'sec-ch-ua-mobile': '?0', 'sec-ch-ua-platform': '"Linux"',
	'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
	'cache-control': 'no-cache', referer: 'https://questions.example.org/', 'accept-encoding': 'gzip, deflate, br, zstd',
	'accept-language': 'de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty',
};

const signInMany = async (count) => (await site.sql(
	`select s.token from generate_series(1, $1) i, pgbell.create_session('many-' || i) s`, [count])).map(({ token }) => token);

// --- what else may stand around it ---------------------------------------------------

// Over HTTP/3 there is no Host field either; 1.0 is the older way to have none.
test('a request without a Host field is one to the site by its own name', async () => {
	const { token } = await site.signUp();
	const write = async (origin) => (await sendRaw(server.port, Buffer.from(['PUT /api/notifications/read-all HTTP/1.0', `Origin: ${origin}`,
		`Cookie: pgbell_session=${token}`, 'Content-Type: application/json', 'Content-Length: 2', '', '{}'].join('\r\n')))).status;
	assert.deepEqual([await write(`http://example.org:${server.port}`), await write('http://elsewhere.example')], [200, 403]);
});

test('another nginx in front, with nothing said there, holds nothing back', async () => {
	const { url } = site;
	const front = await startWebServer(site, 'front', { 'nginx.conf': (directory, port) => `
		daemon off; pid nginx.pid; error_log error.log; events {}
		http {
			access_log off;
			${['client_body', 'fastcgi', 'proxy', 'scgi', 'uwsgi'].map((it) => `${it}_temp_path tmp-${it};`).join(' ')}
			server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${server.port}; } }
		}` }, (directory) => [nginx, '-p', `${directory}/`, '-c', 'nginx.conf', '-e', 'error.log']);
	try {
		await ringsThrough(site);
		assert.equal(await leave(site, await site.signUp()), 0, 'one who leaves is noticed without a heartbeat');
	} finally {
		await front.stop();
		site.url = url;
	}
});

// --- limits ------------------------------------------------------------------

test(`an address has ${STREAMS_OF_AN_ADDRESS} streams; whoever comes beyond is told to come back later, and gets in when there is room`, LIMIT, async () => {
	const tokens = await signInMany(32);
	const office = Array.from({ length: 10 }, () => browse('127.0.0.2'));
	const streams = await Promise.all(Array.from({ length: STREAMS_OF_AN_ADDRESS }, async (_, i) => {
		const stream = await office[i % 10].stream(tokens[i % 32]);
		await stream.next('connected');
		return stream;
	}));
	const late = await office[0].stream(tokens[0]);
	assert.equal(await late.ended, 'end');
	assert.deepEqual([late.status, late.headers['content-type'], late.events.length], [200, 'text/event-stream; charset=utf-8', 0], 'a browser comes back to that');
	assert.ok(late.retryMs >= 10_000 && late.retryMs < 15_000, `after ${late.retryMs} ms`);
	await waitFor('a line that says why', async () => /stream" 200 .* REJECTED /.test(await readLog('pgbell.log')));

	const elsewhere = await site.stream(tokens[0], { query: {} });
	assert.equal(elsewhere.status, 429, 'what pgbell-stream refuses is refused: a person has 32');
	const neighbour = await browse('127.0.0.3').stream((await site.signUp()).token);
	await neighbour.next('connected');
	neighbour.close();
	streams.pop().close();
	await waitFor('a place', async () => {
		const stream = await office[1].stream(tokens[31]);
		const isIn = await Promise.race([stream.next('connected').then(() => true, () => false), stream.ended.then(() => false)]);
		stream.close();
		return isIn;
	});
	office.forEach((browser) => browser.close());
});

// How many of so many requests from an address are answered with what.  Not all of them
// wait at a time: as many streams as that are a limit of their own.
async function flood(address, count, ask) {
	const office = Array.from({ length: 10 }, () => browse(address));
	const seen = {};
	let asked = 0;
	await Promise.all(Array.from({ length: STREAMS_OF_AN_ADDRESS / 2 }, async (_, i) => {
		while (asked++ < count) {
			const answer = await ask(office[i % 10]);
			seen[answer] = (seen[answer] ?? 0) + 1;
		}
	}));
	return seen;
}

test('an address asks 1,000 things at once, and hears 429 then, with when to ask again', LIMIT, async () => {
	const seen = await flood('127.0.0.4', 1200, async (browser) => {
		const { status, headers, body } = await browser.api('GET', '/api/notifications');
		if (status === 429)
			assert.deepEqual([headers['content-type'], headers['retry-after'], body.status, body.type],
				['application/problem+json', '5', 429, 'urn:pgbell:problem:too-many-requests']);
		return status;
	});
	assert.ok(seen[401] >= 1001 && seen[429] >= 100 && seen[401] + seen[429] === 1200, JSON.stringify(seen));
	assert.equal((await site.api('GET', '/api/notifications')).status, 401, 'another address is not concerned');
});

test('an address opens 2,000 streams at once; beyond them a browser is told to come back later', LIMIT, async () => {
	const seen = await flood('127.0.0.5', 2200, async (browser) => {
		const stream = await browser.stream();
		await stream.ended;
		return stream.status === 200 && stream.retryMs > 10_000 ? 'later' : stream.status;
	});
	assert.ok(seen[401] >= 2001 && seen.later >= 100 && seen[401] + seen.later === 2200, JSON.stringify(seen));
});

test('an address tries thirty passwords at once and thirty more slowly', LIMIT, async () => {
	const office = browse('127.0.0.6');
	const statuses = [];
	const asked = Array.from({ length: 100 }, () => office.api('POST', '/api/session', { body: {} })
		.then(({ status }) => statuses.push(status), () => {}));
	const count = (wanted) => statuses.filter((status) => status === wanted).length;
	await waitFor('those that are not kept waiting', () => count(422) >= 31 && count(429) >= 30);
	assert.ok(count(422) < 60, 'the others wait');
	assert.equal((await office.api('GET', '/api/questions')).status, 200, 'other requests do not');
	office.close();
	await Promise.all(asked);
});

test('this host itself, where another proxy may stand, has no such limit', LIMIT, async () => {
	const seen = await flood('127.0.0.1', 1200, async (browser) => (await browser.api('GET', '/api/notifications')).status);
	assert.deepEqual(seen, { 401: 1200 });
});

// --- what is nobody's business -----------------------------------------------------

test('numbers are shown to nobody elsewhere', async () => {
	const from = (localAddress, path) => request(site.url + path, { localAddress }).then(({ status }) => status);
	assert.deepEqual([await from('127.0.0.1', '/metrics'), await from('127.0.0.2', '/metrics')], [200, 403]);
	assert.equal(await from('127.0.0.2', '/api/health'), 200);
	assert.equal(await from('127.0.0.1', `${STREAM}/stats`), 401, 'an operator\'s session is asked for');
});

test('no token is in any log, whatever is down and however odd the address', async () => {
	const user = await site.signUp();
	const secrets = [`token=${user.token}`, `x=1&ticket=${user.token}`];
	const paths = [STREAM, `${STREAM}/`, `/${STREAM}`, `/api/./notifications/stream`, `${STREAM}s`, `${STREAM}/stats`, '/api/notifications',
		'/api/session/renew', '/api/session', '/api/questions', '/api/nothing', '/api//', '/', '/js/', '/js/nothing.js'];
	const ask = () => Promise.all(secrets.flatMap((secret) => paths.map((path) => requestRaw(server.port, { target: `${path}?${secret}` }))));
	await ask();
	for (const name of ['api', 'stream']) {
		const socket = join(site.state, `run/${name}.sock`);
		await rename(socket, `${socket}.away`);
		await ask();
		assert.equal((await site.api('GET', name === 'api' ? '/api/questions' : '/api/health')).status, 502);
		await rename(`${socket}.away`, socket);
	}
	const error = await waitFor('what nginx has to say', async () => {
		const text = await readLog('error.log');
		return /GET \/api\/questions /.test(text) && /GET \/api\/health /.test(text) && text;
	});
	const access = await waitFor('the line of a failure', async () => {
		const text = await readLog('pgbell.log');
		return /"GET \/api\/notifications\/stream" 200 \d+ [\d.]+ 502 /.test(text) && text;
	});
	for (const text of [error, access])
		assert.ok(!text.includes(user.token), text.split('\n').find((line) => line.includes(user.token)));
});
