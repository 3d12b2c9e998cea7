/*
 * The unread count in the titles of pages as other people write them.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { streams } from './scene.mjs';
import { keepShop, MODULE, page } from './shop.mjs';

const TITLED = '<notification-bell title-badge></notification-bell>';

const shop = keepShop({
	'/two': page(`<p>${TITLED}</p><p id="narrow" style="display: none">${TITLED}</p>`),
	'/no-title': `<!doctype html>${MODULE}${TITLED}`,
	'/headless': `<!doctype html><title>Shop</title><script type="module">document.head.remove();
		await import('/js/notification-bell.js');</script>${TITLED}`,
	'/film': `<!doctype html><title>(500) Days of Summer</title>${MODULE}${TITLED}`,
});
const { insert, clear, open } = shop;

const titled = (opened, title) =>
	opened.waitForFunction((it) => document.title === it, title, { polling: 20 });

test('two bells that keep the title leave the page its breath', async (t) => {
	const opened = await open(t, 'two');
	await insert('rang', { title: 'One' });
	await titled(opened, '(1) Shop');
	await insert('rang', { title: 'Two' });
	await titled(opened, '(2) Shop');
	await opened.evaluate(() => document.querySelector('notification-bell').remove());
	await insert('rang', { title: 'Three' });
	await titled(opened, '(3) Shop');
	await opened.evaluate(() => document.querySelector('notification-bell').remove());
	await titled(opened, 'Shop');
});

test('two bells of which one was given a store count once, and speak once', async (t) => {
	const opened = await open(t, 'two');
	await opened.evaluate(async () => {
		const { createNotifications } = await import('/js/notifications.js');
		const store = createNotifications();
		store.start();
		document.querySelectorAll('notification-bell')[1].store = store;
		document.getElementById('narrow').style.display = 'block';
	});
	await opened.locator('#panel').nth(1).waitFor({ state: 'attached' });
	await streams(shop.site, 1);
	await insert('rang', { title: 'One' });
	await opened.getByRole('button', { name: 'Notifications, 1 unread' }).nth(1).waitFor();
	await titled(opened, '(1) Shop');
	assert.deepEqual(
		await opened.locator('[aria-live="polite"]').evaluateAll((all) => all.map((it) => it.textContent)),
		['Rang One', ''],
	);
});

test('a script that keeps a title of its own has its say, and the page goes on', async (t) => {
	const opened = await open(t, 'two');
	await insert('rang', { title: 'One' });
	await titled(opened, '(1) Shop');
	await opened.evaluate(() => {
		window.answers = 0;
		const keep = () => {
			if (document.title === 'Mine') return;
			window.answers++;
			document.title = 'Mine';
		};
		new MutationObserver(keep).observe(document.head, { subtree: true, childList: true });
		keep();
	});
	await opened.waitForTimeout(500); // for so long they fight
	const answers = await opened.evaluate(() => window.answers);
	assert.ok(answers >= 2 && answers <= 12, `${answers} times in half a second`);
});

const counted = (n) => `window.changes >= ${n}`;

test('the name of a site that another script puts before every title stays before the count', async (t) => {
	const opened = await open(t, 'two');
	await opened.evaluate(() => {
		window.changes = 0;
		const name = () => {
			if (document.title.startsWith('Site | ')) return;
			window.changes++;
			document.title = `Site | ${document.title}`;
		};
		new MutationObserver(name).observe(document.head, { subtree: true, childList: true });
	});
	for (let n = 1; n <= 3; n++) {
		await insert('rang', { title: 'One' });
		await opened.waitForFunction((it) => document.title === it, `Site | (${n}) Shop`, { polling: 20 });
	}
	await opened.waitForTimeout(300); // in which they might fight
	assert.equal(await opened.title(), 'Site | (3) Shop');
	assert.equal(await opened.evaluate(() => window.changes), 1);
	await clear();
	await titled(opened, 'Site | Shop');
});

test('a title that another script turns and turns does not grow without end', async (t) => {
	const opened = await open(t, 'two');
	await insert('rang', { title: 'One' });
	await titled(opened, '(1) Shop');
	await opened.evaluate(() => {
		window.changes = 0;
		window.turning = setInterval(() => {
			const { title } = document;
			document.title = title.slice(1) + title[0];
			window.changes++;
		}, 20);
	});
	await opened.waitForFunction(counted(200), undefined, { polling: 50 }); // 4 s: forty answers, if each were answered after the same pause
	const { length } = await opened.title();
	assert.ok(length < 60, `${length} characters`);
	await opened.evaluate(() => clearInterval(window.turning));
});

test('a page that has thrown its head away has a bell all the same', async (t) => {
	const opened = await open(t, 'headless');
	await insert('rang', { title: 'One' });
	await opened.getByRole('button', { name: 'Notifications, 1 unread' }).waitFor();
});

test('a page without a title has the count alone', async (t) => {
	const opened = await open(t, 'no-title');
	await insert('rang', { title: 'One' });
	await titled(opened, '(1)');
	await clear();
	await titled(opened, '');
});

test('what looks like a count in a title, and is none, stays', async (t) => {
	const opened = await open(t, 'film');
	assert.equal(await opened.title(), '(500) Days of Summer');
	await insert('rang', { title: 'One' });
	await titled(opened, '(1) (500) Days of Summer');
	const found = await opened.title();
	const set = (title) => opened.evaluate((it) => void (document.title = it), title);
	await set('(1) Shop'); // another page of a site with odd names
	await titled(opened, '(1) (1) Shop');
	await set(found); // a router that brings back what it found
	await titled(opened, found);
	await set(`${found} – edited`);
	await titled(opened, '(1) (500) Days of Summer – edited');
	await clear();
	await titled(opened, '(500) Days of Summer – edited');
});

test('the pages had nothing to complain of', () => {
	assert.deepEqual(shop.complaints(), []);
});
