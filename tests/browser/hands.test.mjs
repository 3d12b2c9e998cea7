/*
 * Hands that are quicker than the network, pages that stay open for long, and browsers that lack
 * something: what they do to the example application and to the bell.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bell, live, openBell, panel, row, unread } from './bell.mjs';
import { Scene, forgive } from './scene.mjs';

let scene, site, ada, home, away, theirs;

before(async () => {
	scene = await Scene.open();
	await scene.signUp();
	({ site, ada, home, away, theirs } = scene);
});

after(() => scene?.close());

/* Resolves to the route of the next request to `address`, which waits for it to go on. */
function hold(page, address) {
	return new Promise((resolve) => page.route(address, resolve, { times: 1 }));
}

test('a form says what is wrong by the word that stands at the field', async () => {
	await scene.goto(home, '#/ask');
	await home.getByLabel('Title').fill('Why?');
	await home.getByRole('button', { name: 'Ask', exact: true }).click();
	await home.getByText('Details must not be empty.').waitFor();
	await home.getByLabel('Title').fill('');
	await home.getByRole('button', { name: 'Ask', exact: true }).click();
	await home.getByText('Title must not be empty.').waitFor();
	for (let n = 0; n < 2; n++) forgive(ada, /422 .*\/api\/questions\)$/);
});

test('a double press for older questions brings them once', async () => {
	await site.sql(`insert into qa.question (author_id, title, body)
		select min(id), 'question ' || n, 'b' from qa.account, generate_series(1, 50) n group by n`);
	await scene.goto(away, '#/questions/1');
	await scene.goto(away, '#/');
	const held = hold(away, '**/api/questions?*before=*');
	const older = away.getByRole('button', { name: 'Older questions' });
	await older.dblclick();
	await (await held).continue();
	const rows = away.locator('.question-row');
	await rows.nth(20).waitFor();
	await older.click();
	await rows.nth(49).waitFor();
	const titles = await rows.locator('h2').allTextContents();
	assert.equal(new Set(titles).size, titles.length, titles.join());
});

test('a double click deletes nothing that was not asked about', async () => {
	const question = await scene.ask(home, 'How thin is a crêpe?', 'As thin as it gets.');
	await home.getByRole('button', { name: 'Delete' }).dblclick();
	await home.getByRole('button', { name: 'Delete this question?' }).waitFor();
	await home.keyboard.press('Escape');
	await home.getByRole('button', { name: 'Delete', exact: true }).click();
	await home.getByRole('button', { name: 'Delete this question?' }).click();
	await home.getByText('The question was deleted.').waitFor();
	await scene.goto(theirs, question);
	await theirs.getByText('There is nothing here').waitFor();
	forgive(scene.bo, /404 .*\/api\/questions\/\d+\)$/);
});

test('what is refused late concerns nobody who has signed in since', async () => {
	await scene.insert('rang', { title: 'late' });
	await unread(home, 1);
	const held = hold(home, '**/api/notifications/*/read');
	await openBell(home);
	await row(home, 0).getByRole('button', { name: /^Mark read/ }).click();
	const route = await held;
	await home.keyboard.press('Escape');
	await home.getByRole('button', { name: 'Sign out' }).click();
	await home.getByText('You have signed out.').waitFor();
	await scene.goto(home, '#/sign-in');
	await home.getByLabel('Username').fill(ada.username);
	await home.getByLabel('Password').fill(ada.password);
	await home.locator('main').getByRole('button', { name: 'Sign in' }).click();
	await live(home);
	const refused = home.waitForEvent('requestfinished', (it) => it.url().endsWith('/read'));
	await route.fulfill({ status: 401, json: {} });
	await refused;
	await site.sql('delete from pgbell.notification');
	await unread(home, 0); // which comes behind that answer
	assert.equal(await bell(home).isVisible(), true);
	await live(home);
});

test('a browser that only says it can show notifications costs no event', async () => {
	const question = await scene.ask(home, 'Is this a phone?', 'It may be.');
	await scene.goto(home, '#/');
	const page = await ada.open();
	await page.addInitScript(() => {
		document.hasFocus = () => false;
		window.Notification = class {
			static permission = 'granted';
			constructor() {
				throw new TypeError('Illegal constructor'); // Chrome on Android
			}
		};
	});
	await page.reload();
	await live(page);
	await panel(page);
	await page.evaluate(() => {
		document.querySelector('notification-bell').store.leads = () => true;
	});
	await scene.goto(page, question);
	await page.getByRole('textbox', { name: 'Your answer' }).waitFor();
	await scene.goto(theirs, question);
	await scene.answer(theirs, 'It is one.');
	await page.locator('.answer', { hasText: 'It is one.' }).waitFor();
	await unread(page, 1);
	await page.close();
	await site.sql('delete from pgbell.notification');
});

test('a browser without light-dark() and :has() shows the panel and the focus too', async () => {
	const old = await scene.person('an-older-browser');
	for (const name of ['bell-style', 'bell-panel-style'])
		await old.context.route(`**/js/${name}.js`, async (route) => {
			const response = await route.fetch();
			const text = (await response.text()).replaceAll('light-dark(', 'no-such(');
			await route.fulfill({ response, body: text.replaceAll(':has(', ':no-such(') });
		});
	const page = await old.signUp(old.username, old.password);
	await live(page);
	await scene.insertFor(old, 'rang', { title: 'One' });
	await unread(page, 1);
	for (const colorScheme of ['light', 'dark']) {
		await page.emulateMedia({ colorScheme });
		await openBell(page);
		const looks = (target) =>
			target.evaluate((it) => {
				const { backgroundColor, color, outlineStyle } = getComputedStyle(it);
				return { backgroundColor, color, outlineStyle };
			});
		const { backgroundColor, color } = await looks(page.locator('#panel'));
		assert.match(backgroundColor, /^rgb\(/, 'nothing shines through');
		assert.notEqual(backgroundColor, color);
		await page.keyboard.press('End');
		const words = await looks(row(page, 0).locator('.what'));
		assert.notEqual(words.outlineStyle, 'none', 'where the focus is can be seen');
		await page.keyboard.press('Escape');
	}
	await old.close();
});

const MANY = 3000;

test('a page that stays open through thousands holds some, and has no gap to the others', async (t) => {
	await scene.goto(home, '#/');
	await live(home);
	await panel(home);
	const begin = Date.now();
	await scene.insert('rang', ...Array.from({ length: MANY }, (_, n) => ({ title: `number ${n}` })));
	await unread(home, MANY);
	t.diagnostic(`${MANY} in ${Date.now() - begin} ms`);
	const titles = () => home.locator('notification-bell .row .title').allTextContents();
	const kept = await titles();
	assert.ok(kept.length <= 1000, `${kept.length} rows`);
	await openBell(home);
	await home.getByRole('button', { name: 'Show older' }).click();
	await row(home, kept.length).waitFor();
	const shown = await titles();
	assert.deepEqual(shown, shown.map((_, n) => `number ${MANY - 1 - n}`));
	await home.keyboard.press('Escape');
});

test('the pages had nothing else to complain of', () => {
	assert.deepEqual(scene.complaints(), []);
});
