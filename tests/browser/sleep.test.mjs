/*
 * Tabs that sleep, in a Chromium where a tab behind another is hidden and can be frozen: what held the
 * stream hands it over, and whoever wakes up catches up.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { leader, live, unread } from './bell.mjs';
import { launchPlainBrowser } from './browser.mjs';
import { Scene } from './scene.mjs';

let scene, browser, context;
let tabs;
let rung = 0;

before(async () => {
	scene = await Scene.open();
	browser = await launchPlainBrowser();
	[context] = browser.contexts();
	const { username, password } = scene.ada;
	scene.ada = await scene.person(username, { context });
	tabs = [await scene.ada.signUp(username, password)];
	while (tabs.length < 3) tabs.push(await scene.ada.open());
	await Promise.all(tabs.map(live));
	await scene.streams(1);
});

after(async () => {
	await browser?.close();
	await scene?.close();
});

async function rings(among = tabs) {
	await scene.insert('rang', { title: `number ${++rung}` });
	await Promise.all(among.map((page) => unread(page, rung)));
}

async function setState(page, state) {
	const devtools = await context.newCDPSession(page);
	await devtools.send('Page.setWebLifecycleState', { state });
	await devtools.detach();
}

/* The tab that leads, behind another one that is looked at. */
async function hiddenLeader() {
	const first = await leader(tabs);
	const others = tabs.filter((page) => page !== first);
	await others[0].bringToFront();
	assert.equal(await first.evaluate(() => document.visibilityState), 'hidden');
	return { first, others };
}

test('when the tab that holds the stream is frozen another takes over', async () => {
	const { first, others } = await hiddenLeader();
	await setState(first, 'frozen');
	await leader(others);
	await rings(others);
	await setState(first, 'active');
	await unread(first, rung);
	await rings();
	await scene.streams(1);
});

test('a machine that slept shows what it missed', async () => {
	const cover = await context.newPage();
	await cover.bringToFront();
	for (const page of tabs) await setState(page, 'frozen');
	await scene.streams(0);
	await scene.insert('rang', { title: `number ${++rung}` });
	for (const page of tabs) await setState(page, 'active');
	await Promise.all(tabs.map((page) => unread(page, rung)));
	await cover.close();
	await rings();
	await scene.streams(1);
});

test('the pages had nothing to complain of', () => {
	assert.deepEqual(scene.complaints(), []);
});
