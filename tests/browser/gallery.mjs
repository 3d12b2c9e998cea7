/*
 * Pictures of every view, for somebody to look at: phone and desktop width, light and dark.
 *
 *     node tests/browser/gallery.mjs DIRECTORY
 */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startSite } from '../lib/site.mjs';
import { openBell } from './bell.mjs';
import { createPerson, launchBrowser } from './browser.mjs';
import { startFront } from './front.mjs';
import { PASSWORD, tellStory } from './screenshot.mjs';

const NEWCOMER = `<!doctype html>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<script type="module" src="/js/notification-bell.js"></script>
<notification-bell></notification-bell>`;

const LOOKS = ['light', 'dark'].flatMap((colorScheme) => [
	{ name: `phone-${colorScheme}`, colorScheme, viewport: { width: 360, height: 740 } },
	{ name: `desktop-${colorScheme}`, colorScheme, viewport: { width: 1100, height: 760 } },
]);

const [directory] = process.argv.slice(2);
await mkdir(directory, { recursive: true });
const site = await startSite();
const front = await startFront(site, { '/': NEWCOMER });
const browser = await launchBrowser();

/* Each look in turn at one view; `show(page, person)` brings it there. */
async function picture(view, show, { url = site.url } = {}) {
	for (const { name, ...look } of LOOKS) {
		const person = await createPerson(browser, url, { ...look, reducedMotion: 'reduce' });
		const page = await person.open('');
		await show(page, person);
		await page.screenshot({ path: join(directory, `${view}-${name}.png`) });
		await person.close();
	}
}

const goto = (page, hash) => page.goto(`${site.url}/${hash}`);

/* A view of Maja's, who is signed in. */
const asMaja = (show) => async (page, person) => {
	await goto(page, '#/sign-in');
	await page.getByLabel('Username').fill('maja');
	await page.getByLabel('Password').fill(PASSWORD);
	await page.locator('main').getByRole('button', { name: 'Sign in' }).click();
	await page.locator('.status[data-status="live"]').waitFor();
	await show(page, person);
};

try {
	await picture('empty-list', (page) => page.getByText('Ask the first question').waitFor());
	const id = await tellStory(site.url);
	const question = `#/questions/${id}`;

	await picture('list', (page) => page.locator('.question-row').first().waitFor());
	await picture('sign-in', async (page) => {
		await goto(page, '#/sign-in');
		await page.getByLabel('Username').fill('maja');
		await page.getByLabel('Password').fill('not it');
		await page.locator('main').getByRole('button', { name: 'Sign in' }).click();
		await page.locator('.failure', { hasText: /\w/ }).waitFor();
	});
	await picture('unreachable', async (page, { context }) => {
		await context.route('**/api/**', (route) => route.fulfill({ status: 502 }));
		await page.reload();
		await page.getByText('That did not work').waitFor();
	});
	await picture('missing', (page) => goto(page, '#/nowhere'));
	await picture(
		'list-signed-in',
		asMaja((page) => page.locator('.question-row').first().waitFor()),
	);
	await picture(
		'question',
		asMaja(async (page) => {
			await goto(page, question);
			await page.locator('.answer').waitFor();
		}),
	);
	await picture(
		'question-foot',
		asMaja(async (page) => {
			await goto(page, question);
			await page.locator('.answer').waitFor();
			await page.locator('.answer').getByRole('button', { name: 'Comment' }).click();
			await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
		}),
	);
	await picture(
		'bell',
		asMaja(async (page) => {
			await goto(page, question);
			await page.locator('.answer').waitFor();
			await openBell(page);
		}),
	);
	await picture(
		'polling',
		asMaja(async (page, { context }) => {
			await context.setOffline(true);
			await page.locator('.status[data-status="offline"]').waitFor();
			await openBell(page);
		}),
	);
	await picture(
		'ask',
		asMaja(async (page) => {
			await goto(page, '#/ask');
			await page.getByRole('button', { name: 'Ask', exact: true }).click();
			await page.locator('.field-error', { hasText: /\w/ }).first().waitFor();
		}),
	);

	const [{ token }] = await site.sql(`select token from pgbell.create_session('4711')`);
	const newcomer = (show) => async (page, { context }) => {
		await context.addCookies([{ name: 'pgbell_session', value: token, url: front.url }]);
		await page.reload();
		await page.locator('notification-bell[status="live"]').waitFor();
		await show(page);
	};
	await picture('newcomer-empty', newcomer((page) => openBell(page)), front);
	await site.sql(
		`insert into pgbell.notification (user_id, kind, data) select '4711', k, d::jsonb
		from (values
			('order.shipped', '{"title": "Your order is on its way", "url": "/orders/12",
				"excerpt": "Two parcels, tomorrow before noon"}'),
			('comment', '{"actor": "Ada", "excerpt": "I would rather not, and here is why",
				"title": "A title that is longer than a line of the panel, and goes on"}'),
			('backup_done', '{}')) as given (k, d)`,
	);
	await picture('newcomer', newcomer((page) => openBell(page)), front);
} finally {
	await browser.close();
	front.stop();
	await site.stop();
}
