/*
 * Other sites than the example application: the fewest lines that make a bell ring, and React.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bell, list, openBell, row, shows, unread } from './bell.mjs';
import { createPerson, launchBrowser } from './browser.mjs';
import { startFront } from './front.mjs';
import { reactModules } from './react-modules.mjs';
import { startSite } from '../lib/site.mjs';

const NEWCOMER = `<!doctype html>
<script type="module" src="/js/notification-bell.js"></script>
<notification-bell></notification-bell>`;

const ELSEWHERE = `<!doctype html>
<html lang="de"><title>Laden</title>
<script type="module">
import '/js/notification-bell.js';
const bell = document.querySelector('notification-bell');
bell.texts = { heading: 'Mitteilungen', button: (n) => \`Mitteilungen, \${n} neu\`, older: '<b>mehr</b>' };
</script>
<notification-bell title-badge private></notification-bell></html>`;

const REACT = (importMap) => `<!doctype html>
<script type="importmap">${importMap}</script>
<div id="root"></div>
<script type="module">
import { createElement as e, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { NotificationProvider, useNotifications, useUnreadCount } from '/js/NotificationContext.js';

function Badge() {
	return e('output', {}, useUnreadCount());
}
function List() {
	const { notifications, status, markRead, remove } = useNotifications();
	return e('ul', { 'data-status': status }, notifications.map(({ id, data, read_at }) =>
		e('li', { key: id, className: read_at === null ? 'unread' : 'read' }, data.text,
			e('button', { onClick: () => markRead(id) }, 'read'),
			e('button', { onClick: () => remove(id) }, 'remove'))));
}
createRoot(document.getElementById('root')).render(
	e(StrictMode, {}, e(NotificationProvider, {}, e(Badge), e(List))));
</script>`;

let site, front, browser, person;

/* Rows for one whom only the site around pgbell knows. */
const insert = (...texts) =>
	site.sql(
		`insert into pgbell.notification (user_id, kind, data)
		select '4711', 'order.shipped', jsonb_build_object('text', t, 'url', '/orders/12')
		from unnest($1::text[]) with ordinality as given (t, n) order by n`,
		[texts],
	);

before(async () => {
	site = await startSite();
	const { pages, importMap } = await reactModules();
	front = await startFront(site, {
		'/': NEWCOMER,
		'/laden': ELSEWHERE,
		'/react': REACT(importMap),
		'/orders/12': 'Order 12',
		...pages,
	});
	browser = await launchBrowser();
	person = await createPerson(browser, front.url);
});

after(async () => {
	await browser?.close();
	front?.stop();
	await site?.stop();
});

test('nobody being signed in, there is no bell to be seen', async () => {
	const page = await person.open('');
	await page.locator('notification-bell[status="signed out"]').waitFor({ state: 'attached' });
	assert.equal(await bell(page).isVisible(), false);
	await page.close();
	person.complaints.length = 0; // the 401 that said so
});

test('three lines of HTML and one INSERT make a bell ring', async () => {
	const [{ token }] = await site.sql(`select token from pgbell.create_session('4711')`);
	await person.context.addCookies([
		{ name: 'pgbell_session', value: token, url: front.url, httpOnly: true },
	]);
	const page = await person.open('');
	await page.locator('notification-bell[status="live"]').waitFor();
	await insert('Your order is on its way.');
	await unread(page, 1);
	assert.deepEqual(await list(page), ['* Order shipped: Your order is on its way.']);
	await openBell(page);
	await row(page, 0).getByRole('link').click();
	await page.waitForURL(`${front.url}/orders/12`);
	await page.goto(front.url);
	await shows(page, ['Order shipped: Your order is on its way.']);
	await unread(page, 0);
	await page.close();
});

test('its words can be another language, and are never markup', async () => {
	const page = await person.open('laden');
	await insert('Zwei');
	await page.getByRole('button', { name: 'Mitteilungen, 1 neu' }).click();
	await page.getByRole('heading', { name: 'Mitteilungen' }).waitFor();
	assert.equal(await page.title(), '(1) Laden');
	await insert(...Array.from({ length: 30 }, (_, n) => `Nummer ${n}`));
	await page.reload();
	await page.getByRole('button', { name: 'Mitteilungen, 31 neu' }).click();
	await page.getByRole('button', { name: '<b>mehr</b>' }).click();
	await row(page, 31).waitFor();
	assert.match(await row(page, 31).locator('time').textContent(), /jetzt|Sekunde|Minute/);
	await page.close();
});

test('five hundred notifications ring once and can all be marked read', async () => {
	await site.sql(`delete from pgbell.notification`);
	const page = await person.open('');
	await page.locator('notification-bell[status="live"]').waitFor();
	await insert(...Array.from({ length: 500 }, (_, n) => `Number ${n}`));
	await unread(page, 500);
	assert.equal(new Set(await list(page)).size, 500);
	await openBell(page);
	await page.getByRole('button', { name: 'Mark all read' }).click();
	await unread(page, 0);
	await site.sql(`delete from pgbell.notification`);
	await shows(page, []);
	await page.close();
});

test('React shows the same by a provider and two hooks', async () => {
	const page = await person.open('react');
	await page.locator('ul[data-status="live"]').waitFor({ state: 'attached' });
	await insert('Hello', 'React');
	await page.locator('output', { hasText: '2' }).waitFor();
	assert.deepEqual(await page.locator('li.unread').allInnerTexts(), [
		'Reactreadremove',
		'Helloreadremove',
	]);
	await page.locator('li', { hasText: 'Hello' }).getByText('read', { exact: true }).click();
	await page.locator('output', { hasText: '1' }).waitFor();
	await page.locator('li.read', { hasText: 'Hello' }).waitFor();
	await page.locator('li', { hasText: 'React' }).getByText('remove').click();
	await page.locator('output', { hasText: '0' }).waitFor();
	assert.equal(await page.locator('li').count(), 1);
	await page.close();
});

test('the pages had nothing to complain of', () => {
	assert.deepEqual(
		person.complaints.filter((text) => !/favicon\.ico/.test(text)),
		[],
	);
});
