// A shop on the machine that is booted, as its operator makes it, and its bell by the package's
// README.Debian: its blocks of commands and lines, as they stand there.

import assert from 'node:assert';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { request } from '../lib/http.mjs';
import { root } from '../lib/site.mjs';
import { openStream } from '../lib/sse.mjs';
import { waitFor } from '../lib/wait.mjs';
import { inside, shell } from './machine.mjs';

export const site = { url: 'http://127.0.0.1' };
export const LONG_MS = 120_000;
export const units = ['pgbell-stream.service', ...[1, 2, 3, 4].map((number) => `pgbell-api@${number}.service`)];

const text = await readFile(join(root, 'deploy/debian/README.Debian'), 'utf8');
const blocks = text.split(/\n(?! {7})/).map((part) => part.split('\n').filter((line) => line.startsWith('       ')).map((line) => line.trim()))
	.filter((lines) => lines.length > 0);

const block = (pattern) => blocks.find((lines) => pattern.test(lines.join('\n')));
export const follow = (pattern) => shell(block(pattern).join('\n'));
export const sql = async (text) => (await inside('sudo', '-u', 'shop', 'psql', '-X', '-q', '-At', '-d', 'shop', '-c', text)).trim();
export const session = (user) => sql(`select token from pgbell.create_session('${user}')`);
export const ring = (user, kind = 'test') => sql(`select pgbell.notify('${user}', '${kind}')`);
export const listen = (token, last) => openStream(`${site.url}/api/notifications/stream`,
	{ headers: { authorization: `Bearer ${token}`, ...last && { 'last-event-id': last } } });
export const get = (path, token) => request(site.url + path, { headers: token ? { authorization: `Bearer ${token}` } : {} });
export const askDoctor = () => shell(block(/pgbell-doctor/)[0].replace('https://shop.example.org', site.url)).catch((error) => error.stdout);

// Its account and its database, and a page.
export const openShop = () => shell(`useradd --create-home shop
	sudo -u postgres createuser shop
	sudo -u postgres createdb --owner shop shop
	echo 'it sells' >/var/www/html/index.html`);

// The README's steps, to an answer of the health check.
export async function putUpTheBell() {
	await follow(/create role/);
	await follow(/PGDATABASE=shop/);
	await follow(/enable --now/);
	await shell(`cat >/etc/nginx/conf.d/pgbell.conf <<'END'\n${block(/upstream/).join('\n')}\nEND`);
	const lines = block(/access_log/).map((line) => `\\t${line}\\n`).join('');
	await shell(`sed -i '0,/server_name _;/s,server_name _;,&\\n${lines},' /etc/nginx/sites-available/default`);
	await follow(/nginx -t/);
	await waitFor('health', async () => (await get('/api/health')).status === 200, LONG_MS);
}

// What follows on a step that failed is not worth the wait.
let broken;
export function step(name, body) {
	test(name, async (t) => {
		assert.equal(broken, undefined, 'an earlier one failed');
		await body(t).catch((error) => {
			broken = name;
			throw error;
		});
	});
}
