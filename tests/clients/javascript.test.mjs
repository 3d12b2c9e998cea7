// deploy/www/CLIENTS.md, the table of JavaScript, held against what its clients do: what they come
// back with, and when, after a pgbell-stream that ends in good order; and whether they ask on after a
// 401 and a 429.  Those that lib/cut-clients.mjs can drive and each build does not are cut at each byte, too.

import assert from 'node:assert';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchBrowser } from '../browser/browser.mjs';
import { startCutter } from '../lib/cutting-proxy.mjs';
import { ENDS, ONCE, cutEverywhere, openInNode } from '../lib/cut-clients.mjs';
import { nodeReaders, pageReaders, readerFiles } from '../lib/readers.mjs';
import { root, startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';
import { moreReaders } from './readers.mjs';

const NEVER_MS = 8000; // more than the longest wait between two tries of those that ask again
const AGAIN = 3; // times that one asks who asks again and again

let site, roomy, cutter, browser, page, table;
const clients = {}; // by name: { key, user, connected, close(), cameBack, refused, sentAway }

const inNode = { ...nodeReaders, ...moreReaders };
const names = [...Object.keys(inNode), ...Object.keys(pageReaders)];

const isAgain = (name, column) => /again and again/.test(table[name][column]);

before(async () => {
	site = await startSite({ env: { PGBELL_RETRY_MS: '700', PGBELL_DRAIN_S: '0', PGBELL_MAX_STREAMS_PER_USER: '1' } });
	roomy = await startSite({ env: { PGBELL_MAX_STREAMS_PER_USER: '1000', PGBELL_RETRY_MS: '300' } });
	cutter = await startCutter(site.url, readerFiles);
	browser = await launchBrowser();
	table = await readTable();
	await openPage();
	await comeBack();
	await beRefused();
	await beSentAway();
});
after(async () => {
	for (const { close } of Object.values(clients))
		await close?.();
	await browser?.close();
	await cutter?.stop();
	await roomy?.stop();
	await site?.stop();
	setTimeout(() => process.exit(), 1000).unref(); // some keep a timer when they are closed
});

// Its rows by the clients that we drive: { name: { with, closing, refused, sentAway } }.
async function readTable() {
	const text = await readFile(join(root, 'deploy/www/CLIENTS.md'), 'utf8');
	const rows = text.slice(text.indexOf('## JavaScript'), text.indexOf('## Other languages')).split('\n').filter((line) => line.startsWith('| ')).slice(1)
		.map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
	const found = {};
	for (const name of names) {
		const [, plain, version = ''] = /^(.*?)(?: (\d[\d.]*))?(?:, .*)?$/.exec(name);
		const row = rows.find(([first]) => first.includes(plain.replace('EventSource of the browser', 'EventSource of browsers')) && first.includes(version));
		assert.ok(row, `${name} has no row`);
		found[name] = { with: row[1], closing: row[2], refused: row[3], sentAway: row[4] };
	}
	return found;
}

async function open(name, client) {
	client.connected = false;
	const path = `/~${client.key}/api/notifications/stream?token=${client.user.token}`;
	if (inNode[name]) {
		client.close = await inNode[name](cutter.url + path, (type) => { client.connected ||= type === 'connected'; });
		return;
	}
	await page.evaluate(([its, code, url]) => {
		window.closing[its] = eval(code)(url, (type) => type === 'connected' && window.tellTest(its)); // eslint-disable-line no-eval
	}, [name, pageReaders[name], `http://${client.key}.localhost:${cutter.port}${path}`]);
	client.close = () => page.evaluate((its) => window.closing[its](), name);
}

async function openPage() {
	page = await (await browser.newContext()).newPage();
	await page.exposeFunction('tellTest', (name) => { clients[name].connected = true; });
	await page.goto(`${cutter.url}/`);
	await page.waitForFunction('window.isReady');
	await page.evaluate(() => { window.closing = {}; });
}

// A process that ends is followed by the next.
async function comeBack() {
	await Promise.all(names.map(async (name, i) => open(name, clients[name] = { key: `a${i}`, user: await site.signUp() })));
	await Promise.all(names.map((name) => waitFor(`${name} to be connected`, () => clients[name].connected)));
	process.kill(await site.pid('pgbell-stream'));
	await Promise.all(names.map((name) => waitFor(`${name} to come back`, () => cutter.asked(clients[name].key)[1]?.status === 200)));
	for (const name of names)
		clients[name].cameBack = cutter.asked(clients[name].key).slice(0, 2);
}

// Sessions end; those that never ask again are looked at as long as the others take.
async function beRefused() {
	for (const name of names) {
		clients[name].before = cutter.asked(clients[name].key).length;
		await site.api('DELETE', '/api/session', { token: clients[name].user.token });
	}
	const refused = (name) => cutter.asked(clients[name].key).slice(clients[name].before).filter(({ status }) => status === 401).length;
	await Promise.all([sleep(NEVER_MS), ...names.filter((name) => isAgain(name, 'refused')).map((name) => waitFor(`${name} asking again after a 401`, () => refused(name) >= AGAIN))]);
	for (const name of names)
		clients[name].refused = refused(name);
}

// Somebody else has the one stream that a person may have.
async function beSentAway() {
	const held = [];
	await Promise.all(names.map(async (name, i) => {
		const client = clients[name];
		await client.close();
		const user = await site.signUp();
		const stream = await site.stream(user.token);
		await stream.next('connected');
		held.push(stream);
		await open(name, Object.assign(client, { key: `b${i}`, user }));
	}));
	const sent = (name) => cutter.asked(clients[name].key).filter(({ status }) => status === 429).length;
	await Promise.all([sleep(NEVER_MS), ...names.map((name) => waitFor(`${name} and a 429`, () => sent(name) >= (isAgain(name, 'sentAway') ? AGAIN : 1)))]);
	for (const name of names)
		clients[name].sentAway = sent(name);
	held.forEach((stream) => stream.close());
}

for (const name of names)
	test(`what the table says of it is so: ${name}`, () => {
		const row = table[name];
		const { cameBack: [first, second], refused, sentAway } = clients[name];
		const shown = second.header !== undefined ? 'header' : second.query !== undefined ? '`?lastEventId=`' : 'nothing';
		assert.ok(row.with.startsWith(shown), `it came back with ${shown}`);
		const waited_ms = second.at - first.endedAt;
		assert.equal(waited_ms < 0.9 * first.retryMs, row.closing.startsWith('at once'), `it came back after ${waited_ms} ms and was told ${first.retryMs}`);
		for (const [column, count] of Object.entries({ refused, sentAway }))
			assert.equal(count >= AGAIN, isAgain(name, column), `it asked ${count} times: ${row[column]}`);
	});

// What each build cuts stands in system/cut.
const exact = Object.entries(moreReaders);
const comesBackFromABreak = (name) => !/never from a broken connection/.test(table[name].closing);

for (const [name, client] of exact)
	for (const how of Object.keys(ENDS))
		test(`an event that is cut ${ENDS[how]} is shown once: ${name}`, async (t) => {
			if (how === 'break' && !comesBackFromABreak(name))
				return t.skip('it never comes back from one');
			const cut = await cutEverywhere(roomy, openInNode, client, how);
			for (let at = 1; at <= cut.bytes; at++)
				assert.equal(cut.shown(at), ONCE, `cut behind ${at} of ${cut.bytes} bytes`);
		});
