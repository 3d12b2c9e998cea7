// deploy/examples: sites as people have them, each with its framework's own sign-in, behind nginx with
// the lines that their README has for it.  The same story for all: sign in, be rung by what the site does, sign out.

import assert from 'node:assert';
import { execFile, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, chown, cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { unread } from '../browser/bell.mjs';
import { launchBrowser } from '../browser/browser.mjs';
import { request } from '../lib/http.mjs';
import { connects, startNginx } from '../lib/nginx.mjs';
import { findFreePort, root, startSite } from '../lib/site.mjs';
import { openStream } from '../lib/sse.mjs';
import { waitFor } from '../lib/wait.mjs';

const run = promisify(execFile);
const examples = join(root, 'deploy/examples');
const secret = randomBytes(24).toString('base64url');
const SHORT_S = 20; // enough to load a page in, also on a machine that has much else to do

// What the README says of nginx: what goes beside the sites, and into the server { }.
const [beside, within] = Array.from(readFileSync(join(examples, 'README.md'), 'utf8').matchAll(/```nginx\n(.*?)```/gs), ([, text]) => text.replaceAll('/usr/local/share/pgbell', join(root, 'deploy')));

// The recipe, with the client where it is here, and the upstreams that startNginx() has.
async function writeRecipe(directory) {
	const js = (await readFile(join(root, 'deploy/nginx/js.conf'), 'utf8')).replace('/usr/local/share/pgbell/www', join(root, 'deploy/www'));
	await mkdir(directory, { recursive: true });
	await writeFile(join(directory, 'js.conf'), js);
	const upstreams = /^\s*upstream pgbell_\w+ +\{ server unix:\/run\/pgbell\/\w+\.sock; \}\n/gm;
	assert.equal(beside.match(upstreams).length, 2);
	return { beside: beside.replace(upstreams, ''), within: within.replace(join(root, 'deploy/nginx/js.conf'), join(directory, 'js.conf')) };
}

// The site, the framework's server and nginx before both; all end with the test.
async function startExample(t, name, { env = {}, prepare, command, server, http = '' }) {
	const ends = []; // the last that was started ends first
	t.after(async () => {
		for (const end of ends.reverse())
			await end();
	});
	const site = await startSite({ apis: 1, env: { PGBELL_FLOOR_S: '3600', ...env } });
	ends.push(() => site.stop());
	const directory = join(site.state, name);
	await cp(join(examples, name), directory, { recursive: true });
	await chmod(site.state, 0o755);
	const port = await findFreePort();
	const example = { site, directory, port, env: { ...process.env, ...site.env, PORT: String(port), SESSION_SECRET: secret, SECRET_KEY: secret } };
	await prepare?.(example);
	if (command) {
		const [program, ...args] = await command(example);
		const child = spawn('setpriv', ['--pdeathsig=TERM', '--', program, ...args], { cwd: directory, env: example.env, stdio: ['ignore', 'inherit', 'inherit'] });
		const exited = new Promise((resolve) => child.on('exit', resolve));
		ends.push(() => {
			child.kill();
			return exited;
		});
		await waitFor(`${name}'s server`, () => {
			assert.equal(child.exitCode, null, `${name}'s server ended`);
			return connects(example.target ?? port);
		});
		await example.started?.();
	}
	const recipe = await writeRecipe(join(site.state, 'nginx'));
	const nginx = await startNginx({
		directory: join(site.state, 'nginx'),
		upstreams: { api: join(site.state, 'run/api.sock'), stream: join(site.state, 'run/stream.sock') },
		http: `${recipe.beside} ${http}`,
		server: `${recipe.within} ${typeof server === 'function' ? server(example) : server}`,
	});
	ends.push(() => nginx.stop());
	assert.equal((await request(`${nginx.url}/js/notification-bell.js`)).status, 200, 'the bell is there');
	return Object.assign(example, { url: nginx.url });
}

const psql = ({ site }, file, ...variables) => run('psql', ['-X', '-q', '-1', '-v', 'ON_ERROR_STOP=1', ...variables.flatMap((it) => ['-v', it]), '-f', file],
	{ env: { ...process.env, ...site.env } });

// A browser that keeps cookies, as far as these sites need one.
class Visitor {
	#url;
	cookies = new Map();

	constructor(url) {
		this.#url = url;
	}

	get headers() {
		return { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
	}

	async post(path, fields, type = 'application/x-www-form-urlencoded') {
		const body = type === 'application/json' ? JSON.stringify(fields) : new URLSearchParams(fields).toString();
		const answer = await request(this.#url + path, { method: 'POST', body, headers: { ...this.headers, 'content-type': type } });
		for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
			const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
			if (value === '' || value === '""' || /max-age=0|1970/i.test(line))
				this.cookies.delete(name);
			else
				this.cookies.set(name, value);
		}
		assert.ok(answer.status < 300, `${path}: ${answer.status} ${answer.text}`);
		return answer.text;
	}

	listen() {
		return openStream(`${this.#url}/api/notifications/stream`, { headers: this.headers });
	}
}

// Rung, read by REST, and nobody else's; `id` is whom pgbell knows the visitor as.
async function expectRing(visitor, other, id, ship) {
	const [stream, others] = [await visitor.listen(), await other.listen()];
	assert.equal((await stream.next('connected')).data.user_id, id);
	await others.next('connected');
	await ship(7);
	const { data } = await stream.next('new_notification');
	assert.deepEqual([data.kind, data.data], ['shipped', { parcel: 7 }]);
	assert.ok(!others.events.some(({ event }) => event === 'new_notification'));
	others.close();
	return stream;
}

test('php: sessions that are files', async (t) => {
	const fpm = (await run('bash', ['-c', 'ls /usr/sbin/php-fpm* | head -n 1'])).stdout.trim();
	const example = await startExample(t, 'php', {
		prepare: async (it) => {
			await it.site.sql('create role shop login');
			await psql(it, join(examples, 'php/pgbell.sql'), 'role=shop');
			it.target = join(it.directory, 'php.sock');
			const { uid, gid } = await stat(it.site.state);
			await mkdir(join(it.directory, 'sessions'));
			await Promise.all([it.directory, join(it.directory, 'sessions')].map((path) => chown(path, uid, gid)));
			const isRoot = process.getuid() === 0;
			const user = isRoot ? (await run('stat', ['-c', '%U', it.site.state])).stdout.trim() : userInfo().username;
			await writeFile(join(it.directory, 'fpm.conf'), `[global]\nerror_log = ${it.directory}/fpm.log\n[shop]\n${isRoot ? `user = ${user}\nlisten.owner = ${user}\n` : ''}
listen = ${it.target}\nlisten.mode = 0666\npm = static\npm.max_children = 2
env[SHOP_DSN] = "host=${it.site.env.PGHOST};port=${it.site.env.PGPORT};dbname=${it.site.env.PGDATABASE};user=shop"
php_admin_value[session.save_path] = ${it.directory}/sessions\n`);
		},
		command: (it) => [fpm, '-F', '-y', join(it.directory, 'fpm.conf')],
		server: (it) => `location / { include /etc/nginx/fastcgi_params; fastcgi_param SCRIPT_FILENAME ${it.directory}/index.php; fastcgi_pass unix:${it.target}; }`,
	});
	const [ann, ben] = [new Visitor(example.url), new Visitor(example.url)];
	assert.match(await ann.post('/sign-in', { user: 'ann' }), /signed in as ann/);
	await ben.post('/sign-in', { user: 'ben' });
	const stream = await expectRing(ann, ben, 'ann', (parcel) => ben.post('/ship', { to: 'ann', parcel }));
	const late = () => example.site.sql("select expires_at::text as at from pgbell.session where user_id = 'ann'").then(([{ at }]) => at);
	const before = await late();
	await ann.post('/', {});
	assert.ok(await late() > before, 'each page prolongs the session');
	const kept = ann.cookies.get('pgbell_session');
	ann.cookies.delete('pgbell_session');
	await ann.post('/', {});
	assert.equal(ann.cookies.get('pgbell_session'), kept, 'a cookie that is lost comes back');
	await ann.post('/sign-out', {});
	assert.deepEqual((await stream.next('session_ended')).data, { reason: 'signed_out' });
	assert.ok(!ann.cookies.has('pgbell_session'));
	await ann.post('/sign-out', {}); // once more is no error
	await example.site.sql("select pgbell.revoke_sessions('ben')");
	const revoked = ben.cookies.get('pgbell_session');
	await ben.post('/', {});
	assert.notEqual(ben.cookies.get('pgbell_session'), revoked, 'whom the site takes for signed in has a new bell');
	const again = await ben.listen();
	assert.equal((await again.next('connected')).data.user_id, 'ben');
	ben.cookies.delete('PHPSESSID'); // as if its file had been collected
	assert.match(await ben.post('/', {}), /signed out/);
	assert.deepEqual((await again.next('session_ended')).data, { reason: 'signed_out' });
	assert.ok(!ben.cookies.has('pgbell_session'));
});

test('django: sessions that SQL cannot read', async (t) => {
	const python = '/usr/bin/python3';
	const example = await startExample(t, 'django', {
		prepare: (it) => run(python, ['site.py', 'migrate', '-v', '0'], { cwd: it.directory, env: it.env }),
		command: (it) => [python, 'site.py', 'runserver', '--noreload', `127.0.0.1:${it.port}`],
		server: (it) => `location / { proxy_pass http://127.0.0.1:${it.port}; }`,
	});
	const [ann, ben, cem] = [new Visitor(example.url), new Visitor(example.url), new Visitor(example.url)];
	const ids = {};
	for (const [name, visitor] of Object.entries({ ann, ben, cem })) {
		ids[name] = await visitor.post('/sign-up', { user: name, password: 'a long word' });
		await visitor.post('/sign-in', { user: name, password: 'a long word' });
	}
	const stream = await expectRing(ann, ben, ids.ann, (parcel) => ben.post('/ship', { to: 'ann', parcel }));
	await ann.post('/sign-out', {});
	assert.deepEqual((await stream.next('session_ended')).data, { reason: 'signed_out' });
	assert.ok(!ann.cookies.has('pgbell_session'));
	const old = await ben.listen();
	await old.next('connected');
	await ben.post('/change-password', { password: 'another long word' });
	assert.deepEqual((await old.next('session_ended')).data, { reason: 'revoked' });
	const changed = await ben.listen();
	assert.equal((await changed.next('connected')).data.user_id, ids.ben, 'whom Django keeps signed in has a new bell');
	changed.close();
	const locked = await cem.listen();
	await locked.next('connected');
	await ben.post('/lock', { user: 'cem' });
	assert.deepEqual((await locked.next('session_ended')).data, { reason: 'revoked' });
});

test('express: express-session and connect-pg-simple', async (t) => {
	const example = await startExample(t, 'express', {
		env: { PGBELL_TOKENS: 'whole' },
		prepare: (it) => run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: it.directory }),
		command: (it) => {
			// The store makes its table when it is first used.
			it.started = async () => {
				await new Visitor(`http://127.0.0.1:${it.port}`).post('/sign-in', { user: 'first' }, 'application/json');
				await waitFor('the sessions', async () => (await it.site.sql("select to_regclass('public.session') as made"))[0].made);
				await psql(it, join(examples, 'express/pgbell.sql'), `secret=${secret}`);
			};
			return ['node', 'server.mjs'];
		},
		http: `include ${examples}/express/nginx.conf;`,
		server: (it) => `set $pgbell_cookie "pgbell_session=$express_sid"; location / { proxy_pass http://127.0.0.1:${it.port}; }`,
	});
	const [ann, ben] = [new Visitor(example.url), new Visitor(example.url)];
	for (const [user, visitor] of Object.entries({ ann, ben }))
		await visitor.post('/sign-in', { user }, 'application/json');
	assert.match(ann.cookies.get('connect.sid'), /^s%3A/);
	const stream = await expectRing(ann, ben, 'ann', (parcel) => ben.post('/ship', { to: 'ann', parcel }, 'application/json'));
	const forged = new Visitor(example.url);
	forged.cookies.set('connect.sid', ann.cookies.get('connect.sid').replace(/\.[^.]*$/, '.c2lnbmF0dXJl'));
	assert.equal((await forged.listen()).status, 401, 'a session id without its signature');
	await ann.post('/sign-out', {}, 'application/json');
	assert.deepEqual((await stream.next('session_ended')).data, { reason: 'signed_out' });
	assert.equal((await ann.listen()).status, 401);
});

// The script that the README has, in a page that has a token which soon runs out, and then the next one.
async function ringsInAPage({ site, url }, begin) {
	const text = await readFile(join(examples, 'jwt/README.md'), 'utf8');
	const script = text.slice(text.indexOf('       import'), text.indexOf('   or let the site keep'));
	assert.match(script, /localStorage\.jwt/);
	const browser = await launchBrowser();
	try {
		const page = await browser.newPage();
		await page.route('**/page', (route) => route.fulfill({ contentType: 'text/html', body: `<!doctype html><notification-bell></notification-bell><script type="module">${script}</script>` }));
		await page.goto(`${url}/js/sse.js`);
		const have = (token) => page.evaluate((it) => { localStorage.jwt = it; }, token);
		const live = () => page.locator('notification-bell[status=live]').waitFor();
		await have(begin(SHORT_S));
		await page.goto(`${url}/page`);
		await live();
		await have(begin(3600));
		await page.locator('notification-bell[status=connecting]').waitFor();
		await live();
		await site.sql(`select pgbell.notify('bell', 'shipped', '{"title": "A parcel"}')`);
		await unread(page, 1);
	} finally {
		await browser.close();
	}
}

test('jwt: checked in the database', async (t) => {
	const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
	const sign = (claims, { key = secret, alg = 'HS256' } = {}) => {
		const text = `${part({ alg, typ: 'JWT' })}.${part(claims)}`;
		return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
	};
	const now = Math.floor(Date.now() / 1000);
	const example = await startExample(t, 'jwt', {
		env: { PGBELL_TOKENS: 'whole' },
		prepare: (it) => psql(it, join(examples, 'jwt/pgbell.sql'), `secret=${secret}`),
		server: '',
	});
	const listen = (token) => openStream(`${example.url}/api/notifications/stream`, { headers: { authorization: `Bearer ${token}` } });
	const stream = await listen(sign({ sub: 'ann', exp: now + 3600 }));
	assert.equal((await stream.next('connected')).data.user_id, 'ann');
	await example.site.sql(`select pgbell.notify('ann', 'shipped', '{"parcel": 7}')`);
	assert.deepEqual((await stream.next('new_notification')).data.data, { parcel: 7 });
	stream.close();
	const short = await listen(sign({ sub: 'ann', exp: Math.floor(Date.now() / 1000) + 3 }));
	assert.deepEqual((await short.next('session_ended')).data, { reason: 'expired' });
	await ringsInAPage(example, (life_s) => sign({ sub: 'bell', exp: Math.floor(Date.now() / 1000) + life_s }));
	const refused = {
		'another key': sign({ sub: 'ann', exp: now + 3600 }, { key: 'guessed' }),
		'no algorithm': sign({ sub: 'ann', exp: now + 3600 }, { alg: 'none' }),
		'over': sign({ sub: 'ann', exp: now - 1 }),
		'not yet': sign({ sub: 'ann', exp: now + 3600, nbf: now + 1800 }),
		'without an end': sign({ sub: 'ann' }),
		'two parts': sign({ sub: 'ann', exp: now + 3600 }).split('.').slice(0, 2).join('.'),
		'no JSON': `${Buffer.from('{').toString('base64url')}.e30.e30`,
		'no token at all': 'x.y.z',
	};
	for (const [what, token] of Object.entries(refused)) {
		assert.equal((await request(`${example.url}/api/notifications`, { headers: { authorization: `Bearer ${token}` } })).status, 401, what);
		const answer = await listen(token);
		assert.equal(answer.status, 401, what);
	}
});
