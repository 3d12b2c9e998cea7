/*
 * Streams that cannot be had: the page keeps up by polling, and goes back to the stream by
 * itself.  The clock of the client is faster here; the rest of it is as it is served.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { waitFor } from '../lib/wait.mjs';
import { live, shows, status, unread } from './bell.mjs';
import { Scene } from './scene.mjs';

const STREAM = '**/api/notifications/stream*';
const TIMING = {
	first_ms: 50,
	cap_ms: 200,
	open_ms: 1500,
	poll_ms: 500,
};

let scene, site, ada, home, away;

before(async () => {
	scene = await Scene.open({ env: { PGBELL_HEARTBEAT_S: '1' }, timing: TIMING });
	await scene.signUp();
	({ site, ada, home, away } = scene);
});

after(() => scene?.close());

/* Both of Ada's tabs show these, all unread, and no other. */
async function bothShow(...titles) {
	for (const page of [home, away]) {
		await unread(page, titles.length);
		await shows(page, titles.map((title) => `* Rang: ${title}`).reverse());
	}
}

test('a stream route that is switched off: polling, and back when it is on again', async () => {
	await scene.clear();
	await ada.context.route(STREAM, (route) => route.fulfill({ status: 503 }));
	process.kill(await site.pid('pgbell-stream'), 'SIGKILL');
	await scene.insert('rang', { title: 'one' });
	for (const page of [home, away]) await status(page, 'polling');
	await scene.insert('rang', { title: 'two' });
	await bothShow('one', 'two');
	await ada.context.unroute(STREAM);
	for (const page of [home, away]) await live(page);
	await scene.insert('rang', { title: 'three' });
	await bothShow('one', 'two', 'three');
	const said = ada.warnings.filter((text) => /falling back to polling/.test(text));
	assert.equal(said.length, 2, 'each tab says it once');
});

test('a stream process that hangs is found out by its silence', async () => {
	await scene.clear();
	const pid = await site.pid('pgbell-stream');
	process.kill(pid, 'SIGSTOP');
	try {
		await scene.insert('rang', { title: 'unheard' });
		await status(home, 'polling');
		await bothShow('unheard');
	} finally {
		process.kill(pid, 'SIGCONT');
	}
	for (const page of [home, away]) await live(page);
	await scene.insert('rang', { title: 'heard' });
	await bothShow('unheard', 'heard');
});

test('a database that is stopped and started again costs nothing', async () => {
	await scene.clear();
	const old = await site.pid('postgres');
	process.kill(old, 'SIGINT');
	await waitFor('the next PostgreSQL', async () =>
		![old, 0].includes(await site.pid('postgres').catch(() => 0)),
	);
	await site.waitUntilHealthy(30_000);
	await scene.insert('rang', { title: 'after the restart' });
	await bothShow('after the restart');
	for (const page of [home, away]) await live(page);
});

test('a network that goes and comes is told, and what was missed is there', async () => {
	await scene.clear();
	await ada.context.setOffline(true);
	for (const page of [home, away]) await status(page, 'offline');
	await scene.insert('rang', { title: 'while offline' });
	await ada.context.setOffline(false);
	for (const page of [home, away]) await live(page);
	await bothShow('while offline');
});

test('a browser without EventSource polls', async () => {
	const old = await scene.person('a-browser-without');
	await old.context.addInitScript(() => delete window.EventSource);
	const page = await old.signUp(old.username, old.password);
	await status(page, 'polling');
	await scene.ask(page, 'Is this an old browser?', 'It has no EventSource.');
	await scene.goto(scene.theirs, new URL(page.url()).hash);
	await scene.answer(scene.theirs, 'So it is.');
	await unread(page, 1);
	await old.close();
});

test('the pages had nothing else to complain of', () => {
	assert.deepEqual(scene.complaints(), []);
});
