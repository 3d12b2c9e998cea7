/* deploy/examples/react as its page says: the client as a package, built by Vite, served by nginx. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, cp, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { list, openBell, row, shows, unread } from './bell.mjs';
import { createCustomer, launchBrowser } from './browser.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { root, startSite } from '../lib/site.mjs';

const run = promisify(execFile);
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error'];

let site, nginx, browser, person, app, page;

before(async () => {
	site = await startSite({ apis: 1, env: { PGBELL_FLOOR_S: '3600' } });
	app = join(site.state, 'react');
	const ignored = (path) => !path.endsWith('node_modules');
	await cp(join(root, 'deploy/examples/react'), app, { recursive: true, filter: ignored });
	await chmod(site.state, 0o755);
	const inApp = (program, ...args) => run(program, args, { cwd: app });
	await inApp('npm', 'ci', ...QUIET);
	await inApp('npm', 'install', '--no-save', '--install-links', ...QUIET, join(root, 'deploy/www'));
	await inApp('npm', 'run', 'build');
	nginx = await startNginx({
		directory: join(site.state, 'front'),
		upstreams: { api: join(site.state, 'run/api.sock'), stream: join(site.state, 'run/stream.sock') },
		http: `include ${root}/deploy/nginx/http.conf;`,
		server: `root ${app}/dist; include ${root}/deploy/nginx/pgbell.conf;`,
	});
	browser = await launchBrowser();
	person = await createCustomer(browser, site, nginx.url);
});

after(async () => {
	await browser?.close();
	await nginx?.stop();
	await site?.stop();
});

const insert = (title) =>
	site.sql(
		`insert into pgbell.notification (user_id, kind, data)
		values ('4711', 'order.shipped', jsonb_build_object('title', $1::text))`,
		[title],
	);

test('a page built by Vite has a bell that rings at once, and a list of its own', async () => {
	page = await person.open('');
	await page.locator('notification-bell[status="live"]').waitFor();
	await insert('Order 12');
	await unread(page, 1);
	await shows(page, ['* Order shipped: Order 12']);
	await page.getByRole('listitem').filter({ hasText: 'Order 12' }).getByRole('button', { name: 'Seen' }).click();
	await unread(page, 0);
	await page.getByRole('button', { name: 'Seen' }).waitFor({ state: 'detached' });
});

test('what is done in the bell shows in the list', async () => {
	await insert('Order 13');
	await page.getByRole('button', { name: 'Seen' }).waitFor();
	await openBell(page);
	await row(page, 0).getByRole('button', { name: /^Mark read/ }).click();
	await page.getByRole('button', { name: 'Seen' }).waitFor({ state: 'detached' });
	assert.deepEqual(await list(page), ['Order shipped: Order 13', 'Order shipped: Order 12']);
});

test('the panel of the bell is a chunk of its own', async () => {
	const files = (await readdir(join(app, 'dist/assets'))).filter((name) => name.endsWith('.js'));
	assert.ok(files.some((name) => /^bell-panel/.test(name)), files.join());
});

test('the version that npm sees is that of the programs', async () => {
	const { version } = JSON.parse(await readFile(join(root, 'deploy/www/package.json'), 'utf8'));
	assert.match(await readFile(join(root, 'Makefile'), 'utf8'), new RegExp(`^VERSION = ${version}$`, 'm'));
});

test('the page had nothing to complain of', () => {
	assert.deepEqual(person.complaints, []);
});
