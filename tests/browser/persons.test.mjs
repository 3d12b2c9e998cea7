/*
 * Two people at one browser, one after the other: what is one person's never stands on the page of
 * the other, whichever way the page keeps up, and the page of the first says that it is theirs no more.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { live, status, unread } from './bell.mjs';
import { Scene } from './scene.mjs';

const STREAM = '**/api/notifications/stream*';
const TIMING = { first_ms: 50, cap_ms: 200, poll_ms: 500 };

let scene, ada, bo;

before(async () => {
	scene = await Scene.open({ timing: TIMING });
	await scene.signUp();
	({ ada, bo } = scene);
	await scene.theirs.close();
	await scene.insertFor(bo, 'rang', { title: 'for Bo alone' }, { title: 'and again' });
	await scene.insert('rang', { title: 'for Ada alone' });
	for (const page of [scene.home, scene.away]) await unread(page, 1);
});

after(() => scene?.close());

/* Writes down each text that a page's bell ever shows, from now on. */
async function watch(page) {
	await page.evaluate(() => {
		window.shown = new Set();
		const look = () => {
			const inside = document.querySelector('notification-bell')?.shadowRoot;
			const rows = inside?.querySelectorAll('.row .title') ?? [];
			for (const { textContent } of rows) window.shown.add(textContent);
			requestAnimationFrame(look);
		};
		look();
	});
	return () => page.evaluate(() => [...window.shown]);
}

async function signIn(page, { username, password }) {
	await scene.goto(page, '#/sign-in');
	await page.getByLabel('Username').fill(username);
	await page.getByLabel('Password').fill(password);
	await page.locator('main').getByRole('button', { name: 'Sign in' }).click();
	await page.locator('.me', { hasText: username }).waitFor();
}

const isSignedOut = (page) =>
	page.locator('header').getByRole('link', { name: 'Sign in' }).waitFor();

test('somebody else signs in beside a page that is live: it is theirs no more', async () => {
	const shown = await watch(scene.home);
	await signIn(scene.away, bo);
	await unread(scene.away, 2);
	await isSignedOut(scene.home);
	assert.deepEqual(await shown(), ['for Ada alone']);
	await live(scene.away);
});

test('the same beside a page that polls, and hears nothing of the others', async () => {
	await ada.context.route(STREAM, (route) => route.fulfill({ status: 503 }));
	await ada.context.addInitScript(() => delete window.BroadcastChannel);
	await scene.home.reload();
	await signIn(scene.home, ada);
	await scene.away.reload();
	for (const page of [scene.home, scene.away]) {
		await status(page, 'polling');
		await unread(page, 1);
	}
	const shown = await watch(scene.home);
	await signIn(scene.away, bo);
	await isSignedOut(scene.home);
	assert.deepEqual(await shown(), ['for Ada alone']);
	await unread(scene.away, 2);
	await ada.context.unroute(STREAM);
});

test('the pages had nothing else to complain of', () => {
	assert.deepEqual(scene.complaints(), []);
});
