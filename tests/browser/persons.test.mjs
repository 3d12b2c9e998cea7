/*
 * Two people at one browser, one after the other: what is one person's never stands on the page of
 * the other, whichever way the page keeps up, and the page of the first says that it is theirs no more.  And
 * one who is forgotten.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bell, live, shows, status, unread } from './bell.mjs';
import { Scene, unexpected } from './scene.mjs';

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

test('a person who is forgotten is signed out in each tab, live or polling, and begins anew', async () => {
	const cy = await scene.person(`cy-${Date.now()}`);
	const tabs = [await cy.signUp(cy.username, cy.password), await cy.open()];
	const [{ id }] = await scene.site.sql('select id::text from qa.account where username = $1', [cy.username]);
	for (const word of ['live', 'polling']) {
		for (const page of tabs) await status(page, word);
		await scene.insertFor(cy, 'rang', { title: 'of old' });
		for (const page of tabs) await unread(page, 1);
		await scene.site.sql('select pgbell.forget_person($1)', [id]);
		for (const page of tabs) {
			await isSignedOut(page);
			await page.getByText('Your session was ended. Sign in to go on.').waitFor();
			assert.equal(await bell(page).count(), 0);
		}
		await cy.context.route(STREAM, (route) => route.fulfill({ status: 503 }));
		await signIn(tabs[0], cy);
		await tabs[1].reload();
		for (const page of tabs) {
			await unread(page, 0);
			await shows(page, []);
		}
	}
	assert.deepEqual(cy.complaints.filter(unexpected), []);
	await cy.close();
});

test('the pages had nothing else to complain of', () => {
	assert.deepEqual(scene.complaints(), []);
});
