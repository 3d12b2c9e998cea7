/*
 * The client as one file: as `make install` puts it there, served by nginx as deploy/nginx/js.conf has it,
 * used by pages by its own name and by an import map.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { bell, list, openBell, row, unread } from './bell.mjs';
import { createCustomer, launchBrowser } from './browser.mjs';
import { reactModules } from './react-modules.mjs';
import { request } from '../lib/http.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { root, startSite } from '../lib/site.mjs';

const LIMIT = 23_400; // bytes gzipped; no promise, only where somebody has to think again

let site, nginx, browser, person, directory, www, name;

before(async () => {
	site = await startSite();
	directory = await mkdtemp(join(tmpdir(), 'pgbell-bundle-'));
	await chmod(directory, 0o755); // nginx works as somebody else where we are root
	execFileSync('make', ['--silent', 'install', `DESTDIR=${directory}/root`], { cwd: root });
	www = join(directory, 'root/usr/local/share/pgbell/www');
	[name] = (await readdir(join(www, 'js'))).filter((it) => /^pgbell-\d.*\.min\.js$/.test(it));
	const { pages, importMap } = await reactModules();
	const { imports } = JSON.parse(importMap);
	const all = { ...pagesOf(name, { ...imports, ...(await mapOfReadme()) }), ...pages };
	for (const [path, text] of Object.entries(all)) {
		const file = join(directory, 'site', path);
		await mkdir(dirname(file), { recursive: true });
		await writeFile(file, text);
	}
	const recipe = await readFile(join(root, 'deploy/nginx/js.conf'), 'utf8');
	await writeFile(
		join(directory, 'js.conf'),
		recipe.replace('/usr/local/share/pgbell/www', www),
	);
	nginx = await startNginx({
		directory: join(site.state, 'front'),
		upstreams: {
			api: join(site.state, 'run/api.sock'),
			stream: join(site.state, 'run/stream.sock'),
		},
		http: `include ${root}/deploy/nginx/http.conf; types { text/javascript mjs; }`,
		server: `root ${directory}/site; include ${directory}/js.conf; include ${root}/deploy/nginx/pgbell.conf;`,
	});
	browser = await launchBrowser();
	person = await createCustomer(browser, site, nginx.url);
});

after(async () => {
	await browser?.close();
	await nginx?.stop();
	await site?.stop();
	if (directory) await rm(directory, { recursive: true, force: true });
});

/* The import map that the README has, for the release that this is. */
async function mapOfReadme() {
	const readme = await readFile(join(root, 'deploy/www/README.md'), 'utf8');
	const [, map] = /<script type="importmap">(.*?)<\/script>/s.exec(readme);
	return JSON.parse(map.replaceAll(/pgbell-[\d.]+\.min\.js/g, name)).imports;
}

function pagesOf(file, imports) {
	const bundle = `/js/${file}`;
	return {
		'bell.html': `<!doctype html><script type="module" src="${bundle}"></script>
			<notification-bell title-badge desktop></notification-bell>`,
		'mapped.html': `<!doctype html>
			<script type="importmap">${JSON.stringify({ imports })}</script>
			<notification-bell></notification-bell><div id="root"></div>
			<script type="module">
			import { createElement as e, useState } from 'react';
			import { createRoot } from 'react-dom/client';
			import { createNotifications } from 'pgbell';
			import { NotificationProvider, useTopic, useUnreadCount } from '/js/NotificationContext.js';
			const store = createNotifications();
			store.start();
			document.querySelector('notification-bell').store = store;
			const Badge = () => e('output', {}, useUnreadCount());
			function News() {
				const [topic, setTopic] = useState('public:news');
				const [told, setTold] = useState([]);
				useTopic(topic, ({ data }) => setTold([...told, data.title]), { after: 0 });
				return e('button', { id: 'news', onClick: () => setTopic('public:more') }, told.join());
			}
			const all = e(NotificationProvider, { store }, e(Badge), e(News));
			createRoot(document.getElementById('root')).render(all);
			</script>`,
	};
}

const insert = (text) =>
	site.sql(
		`insert into pgbell.notification (user_id, kind, data)
		values ('4711', 'rang', jsonb_build_object('text', $1::text))`,
		[text],
	);

/* A page, live, and the addresses of scripts that it asked for. */
async function open(path) {
	const scripts = [];
	const onRequest = (it) => it.resourceType() === 'script' && scripts.push(new URL(it.url()).pathname);
	person.context.on('request', onRequest);
	const page = await person.open(path);
	await page.locator('notification-bell[status="live"]').waitFor();
	return { page, scripts };
}

test('it is one file, small, with a name of its release, that a browser keeps', async (t) => {
	const version = /^VERSION = (.*)$/m.exec(await readFile(join(root, 'Makefile'), 'utf8'))[1];
	assert.equal(name, `pgbell-${version}.min.js`);
	const bytes = gzipSync(await readFile(join(www, 'js', name)), { level: 9 }).length;
	t.diagnostic(`${bytes} bytes gzipped`);
	assert.ok(bytes <= LIMIT, `${bytes} bytes, not ${LIMIT}`);
	const { status, headers } = await request(`${nginx.url}/js/${name}`, {
		headers: { 'accept-encoding': 'gzip' },
	});
	assert.equal(status, 200);
	assert.equal(headers['content-encoding'], 'gzip');
	assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable');
	const plain = await request(`${nginx.url}/js/sse.js`);
	assert.equal(plain.headers['cache-control'], 'no-cache');
});

test('a bell out of the one file rings, and its list opens', async () => {
	const { page, scripts } = await open('bell.html');
	await insert('Hello');
	await unread(page, 1);
	assert.equal(await page.title(), '(1)');
	assert.deepEqual(await list(page), ['* Rang: Hello']);
	await openBell(page);
	await row(page, 0).locator('.what').click();
	await unread(page, 0);
	assert.deepEqual(scripts, [`/js/${name}`]);
	await page.close();
});

test('by an import map all modules come out of it', async () => {
	const { page, scripts } = await open('mapped.html');
	await insert('Hello');
	await unread(page, 1);
	await page.locator('output', { hasText: '1' }).waitFor();
	const publish = (topic, title) =>
		site.sql(`select pgbell.publish($1, 'news', jsonb_build_object('title', $2::text))`, [topic, title]);
	const news = (text) => page.locator('#news', { hasText: new RegExp(`^${text}$`) }).waitFor();
	await publish('public:news', 'one');
	await publish('public:more', 'other');
	await news('one');
	await publish('public:news', 'two');
	await news('one,two');
	await page.locator('#news').click();
	await news('one,two,other');
	await publish('public:news', 'three');
	await publish('public:more', 'last');
	await news('one,two,other,last');
	await bell(page).click();
	await page.getByRole('heading', { name: 'Notifications' }).waitFor();
	assert.deepEqual(
		scripts.filter((path) => path.startsWith('/js/')).sort(),
		['/js/NotificationContext.js', `/js/${name}`].sort(),
	);
	await page.close();
});

test('the pages had nothing to complain of', () => {
	assert.deepEqual(
		person.complaints.filter((text) => !/favicon\.ico/.test(text)),
		[],
	);
});
