/*
 * What axe finds in the pages, light and dark, at desktop and phone width: nothing serious; nothing
 * that sticks out of the window; and what the bell gives a screen reader to say.
 */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { live, openBell, row, unread } from './bell.mjs';
import { Scene } from './scene.mjs';
import { root } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

let scene, home, axe, question;

before(async () => {
	axe = await readFile(join(root, 'tests/node_modules/axe-core/axe.min.js'), 'utf8');
	scene = await Scene.open();
	await scene.signUp();
	({ home } = scene);
	question = await scene.ask(home, 'How is rye bread kept fresh?', 'It is a large loaf.');
	await scene.goto(scene.theirs, question);
	await scene.answer(scene.theirs, 'In a clay pot, cut side down.');
	await home.getByRole('button', { name: 'Accept this answer' }).click();
	await scene.insert('backup_done', {
		title: 'Nightly backup',
		excerpt: 'No trouble at all',
	});
	await unread(home, 2);
});

after(() => scene?.close());

const VIEWS = ['#/', '#/ask', '#/sign-in', '#/nowhere'];

async function assertAccessible(page) {
	await page.evaluate(axe);
	const { violations } = await page.evaluate(() => window.axe.run());
	const serious = violations.filter(({ impact }) => /serious|critical/.test(impact));
	assert.deepEqual(
		serious.map(({ id, nodes }) => [
			id,
			...nodes.map(({ target }) => target.join(' ')),
		]),
		[],
	);
	const overhang = await page.evaluate(
		() => document.documentElement.scrollWidth - document.documentElement.clientWidth,
	);
	assert.equal(overhang, 0, 'nothing sticks out of the window');
}

for (const [place, width] of Object.entries({ desktop: 1000, phone: 360 }))
	for (const colorScheme of ['light', 'dark'])
		test(`every view and the open bell, ${colorScheme}, at ${place} width`, async () => {
			await home.setViewportSize({ width, height: 760 });
			await home.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
			for (const hash of [...VIEWS, question]) {
				await scene.goto(home, hash);
				await home.locator('main h1').waitFor();
				await live(home);
				await assertAccessible(home);
			}
			await openBell(home);
			await assertAccessible(home);
			const panel = home.locator('#panel');
			const paper = await panel.evaluate(
				(it) => getComputedStyle(it).backgroundColor,
			);
			assert.match(paper, /^rgb\(/, 'nothing shines through the panel');
			const box = await panel.boundingBox();
			assert.ok(
				box.x >= 0 && box.x + box.width <= width,
				'the panel is in the window',
			);
			await home.keyboard.press('Escape');
		});

test('what rings again is another text, and what is done in the bell is answered', async () => {
	await scene.clear();
	const says = (text) =>
		waitFor(`"${text}"`, async () => text === (await home.locator('notification-bell [aria-live="polite"]').textContent()));
	await scene.insert('rang', { title: 'One' });
	await says('Rang One');
	await scene.insert('rang', { title: 'One' });
	await says('Rang One\u00a0');
	await scene.insert('rang', { title: 'One' });
	await says('Rang One');
	await openBell(home);
	await row(home, 1).getByRole('button', { name: /^Mark read/ }).click();
	await says('Notifications, 2 unread');
	await row(home, 1).getByRole('button', { name: /^Mark unread/ }).click();
	await says('Notifications, 3 unread');
	await row(home, 0).getByRole('button', { name: /^Delete/ }).click();
	await says('Notifications, 2 unread');
	await home.getByRole('button', { name: 'Mark all read' }).click();
	await says('Notifications');
});

test('what is done to many rows is answered when a screen reader can have worked off the rows', async () => {
	await scene.clear();
	const titles = Array.from({ length: 30 }, (_, n) => ({ title: `Number ${n}` }));
	await scene.insert('rang', ...titles);
	await unread(home, titles.length);
	await openBell(home);
	const pause_ms = home.evaluate(untilAnswered);
	await home.getByRole('button', { name: 'Mark all read' }).click();
	assert.ok((await pause_ms) >= 900, `answered after ${await pause_ms} ms`);
});

/* Resolves to how long the count was said after the rows of the bell had changed. */
function untilAnswered() {
	const inside = document.querySelector('notification-bell').shadowRoot;
	const spoken = inside.querySelector('[aria-live="polite"]');
	let changed = null;
	return new Promise((resolve) => {
		new MutationObserver(() => {
			if (changed === null && !inside.querySelector('.row.unread')) changed = performance.now();
			if (spoken.textContent === 'Notifications') resolve(performance.now() - changed);
		}).observe(inside, { subtree: true, childList: true, characterData: true, attributes: true });
	});
}
