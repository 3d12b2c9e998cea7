/*
 * Other sites than the example application: the fewest lines that make a bell ring, and React.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bell, list, openBell, panel, row, shows, unread } from './bell.mjs';
import { createPerson, launchBrowser } from './browser.mjs';
import { startFront } from './front.mjs';
import { reactModules } from './react-modules.mjs';
import { forgive, streams } from './scene.mjs';
import { startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

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

const DESKTOP = NEWCOMER.replace('<notification-bell', '<notification-bell desktop');

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

/* The same hooks, for what can be done besides. */
const REACT_BESIDES = (importMap) => `<!doctype html>
<script type="importmap">${importMap}</script>
<div id="root"></div>
<script type="module">
import { createElement as e, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { NotificationProvider, useNotifications } from '/js/NotificationContext.js';

function Inbox() {
	const { notifications, unseenCount, status, snooze, unsnooze, snoozed, markSeen, mute, preferences } = useNotifications();
	const [told, tell] = useState('');
	const press = (name, doing) => e('button', { onClick: () => doing().then((it) => tell(typeof it === 'string' ? it : name), (problem) => tell(problem.message)) }, name);
	return e('main', { 'data-status': status },
		e('output', {}, String(unseenCount)), e('p', {}, told),
		press('seen', markSeen),
		press('back', async () => unsnooze((await snoozed()).notifications[0].id)),
		press('mute', () => mute({ kind: 'security' })),
		press('muted', async () => JSON.stringify((await preferences()).never_muted)),
		e('ul', {}, notifications.map(({ id, data, count }) => e('li', { key: id }, data.text + (count ? ' ' + count : ''),
			press('later', () => snooze(id, new Date(Date.now() + 3600000)))))));
}
createRoot(document.getElementById('root')).render(e(NotificationProvider, {}, e(Inbox)));
</script>`;

/* Of one kind, and unread; the kind changes at a press. */
const REACT_SOME = (importMap) => `<!doctype html>
<script type="importmap">${importMap}</script>
<div id="root"></div>
<script type="module">
import { createElement as e, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { NotificationProvider, useNotifications } from '/js/NotificationContext.js';

function Some() {
	const [kind, setKind] = useState('order.shipped');
	const { notifications, unreadCount, markRead, renew } = useNotifications({ unread: true, kind });
	return e('main', {},
		e('output', {}, unreadCount), e('button', { onClick: () => setKind('other') }, 'others'), e('button', { onClick: renew }, 'renew'),
		e('ul', {}, notifications.map(({ id, data, read_at }) =>
			e('li', { key: id, className: read_at === null ? 'unread' : 'read', onClick: () => markRead(id) }, data.text))));
}
createRoot(document.getElementById('root')).render(e(StrictMode, {}, e(NotificationProvider, {}, e(Some))));
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
		'/desktop': DESKTOP,
		'/react': REACT(importMap),
		'/react-besides': REACT_BESIDES(importMap),
		'/react-some': REACT_SOME(importMap),
		'/unread': NEWCOMER.replace('<notification-bell', '<notification-bell filter="unread"'),
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

test('a panel that cannot be fetched costs no count, and is there when it can', async () => {
	await person.context.route('**/js/bell-panel.js*', (route) => route.abort());
	const page = await person.open('');
	const failed = page.waitForEvent('requestfailed', (it) => /bell-panel/.test(it.url()));
	await page.locator('notification-bell[status="live"]').waitFor();
	await failed;
	await insert('Still here.');
	await unread(page, 1);
	await person.context.unroute('**/js/bell-panel.js*');
	await openBell(page);
	await page.keyboard.press('Enter');
	await page.waitForURL(`${front.url}/orders/12`);
	await page.close();
	while (person.complaints.some((text) => text.includes('bell-panel')))
		forgive(person, /ERR_FAILED.*bell-panel/);
});

test('a press while the panel is being fetched in vain is not lost', async () => {
	const held = new Promise((resolve) =>
		person.context.route('**/js/bell-panel.js*', resolve, { times: 1 }),
	);
	const page = await person.open('');
	await bell(page).click();
	await (await held).abort();
	await page.getByRole('heading', { name: 'Notifications' }).waitFor();
	await page.close();
	forgive(person, /ERR_FAILED.*bell-panel/);
});

test('its words can be another language, and are never markup', async () => {
	const page = await person.open('laden');
	await insert('Zwei');
	await page.getByRole('button', { name: 'Mitteilungen, 1 neu' }).click();
	await page.getByRole('heading', { name: 'Mitteilungen' }).waitFor();
	await page.waitForFunction(() => document.title === '(1) Laden', undefined, { polling: 50 });
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

test('a bell that is told to be private has a stream of its own', async () => {
	const pages = [
		await person.open('laden'),
		await person.open('laden'),
		await person.open(''),
	];
	for (const page of pages) await page.locator('notification-bell[status="live"]').waitFor();
	await streams(site, 3);
	for (const page of pages) await page.close();
	await streams(site, 0);
});

test('of several tabs one shows it on the desktop', async () => {
	const { context } = person;
	const shown = [];
	await context.exposeBinding('showOnDesktop', (_, text) => shown.push(text));
	await context.addInitScript(() => {
		document.hasFocus = () => false;
		window.Notification = class {
			static permission = 'granted';
			constructor(title, { tag }) {
				window.showOnDesktop(`${title} ${tag.replace(/\d+/, 'n')}`);
			}
		};
	});
	const pages = [];
	while (pages.length < 3) pages.push(await person.open('desktop'));
	for (const page of pages) await panel(page);
	await streams(site, 1);
	await insert('Look here');
	for (const page of pages) await shows(page, ['* Order shipped: Look here']);
	await waitFor('the desktop', () => shown.length > 0);
	for (const page of pages) await page.evaluate(() => {}); // what it has shown has been told
	assert.deepEqual(shown, ['Order shipped Look here pgbell-n']);
	for (const page of pages) await page.close();
	await site.sql(`delete from pgbell.notification`);
});

test('a bearer token rings by tickets, also after the stream process was killed', async () => {
	const [{ token }] = await site.sql(`select token from pgbell.create_session('4712')`);
	const stranger = await createPerson(browser, front.url);
	const page = await stranger.open('orders/12');
	const addresses = [];
	page.on('request', (request) => addresses.push(request.url()));
	await page.evaluate(async (secret) => {
		const { createNotificationSSE } = await import('/js/sse.js');
		window.heard = [];
		window.client = createNotificationSSE({
			token: () => secret,
			handlers: { new_notification: ({ kind }) => window.heard.push(kind) },
		});
	}, token);
	const ring = (kind) =>
		site.sql(`insert into pgbell.notification (user_id, kind) values ('4712', $1)`, [
			kind,
		]);
	const hears = (count) => page.waitForFunction((n) => window.heard.length === n, count);

	await page.waitForFunction(() => window.client.status === 'live');
	await ring('one');
	await hears(1);
	process.kill(await site.pid('pgbell-stream'), 'SIGKILL');
	await ring('two');
	await hears(2);
	await page.waitForFunction(() => window.client.status === 'live');
	await ring('three');
	await hears(3);
	assert.deepEqual(await page.evaluate(() => window.heard), ['one', 'two', 'three']);
	const tickets = addresses.flatMap((url) => /\?.*ticket=([^&]+)/.exec(url)?.[1] ?? []);
	assert.ok(tickets.length >= 2);
	assert.equal(new Set(tickets).size, tickets.length, 'each ticket is shown once');
	assert.ok(!addresses.some((url) => url.includes(token)));
	await stranger.close();
});

// A page that has a store, and what became of it.
async function openStore(visitor, token) {
	const page = await visitor.open('orders/12');
	await page.evaluate(async (given) => {
		const { createNotifications } = await import('/js/notifications.js');
		Object.assign(window, { token: given, statuses: [], ended: [] });
		window.store = createNotifications({ token: given && (() => window.token), onEnded: (reason) => window.ended.push(reason) });
		window.store.subscribe(() => window.statuses.push(window.store.getSnapshot().status));
		window.store.start();
	}, token);
	const until = (condition, ...given) => page.waitForFunction(condition, ...given);
	const live = () => until(() => window.store.getSnapshot().status === 'live');
	await live();
	return {
		page,
		live,
		forgetStatuses: () => page.evaluate(() => (window.statuses = [])),
		wasAway: () => until(() => window.statuses.includes('connecting')),
		has: (kind) => until((it) => window.store.getSnapshot().notifications[0]?.kind === it, kind),
		async ended() {
			await until(() => window.ended.length > 0);
			assert.equal(await page.evaluate(() => window.store.getSnapshot().status), 'signed out');
			return page.evaluate(() => window.ended);
		},
	};
}

test('a token that another has followed outlives its session, and without one the page hears why', async () => {
	const begin = async () => (await site.sql(`select token from pgbell.create_session('4713')`))[0].token;
	const end = (token) => site.sql('select pgbell.end_session($1)', [token]);
	const [first, second] = [await begin(), await begin()];
	const stranger = await createPerson(browser, front.url);
	const store = await openStore(stranger, first);
	await store.forgetStatuses();
	await store.page.evaluate((token) => (window.token = token), second);
	await end(first);
	await store.wasAway();
	await site.sql(`insert into pgbell.notification (user_id, kind) values ('4713', 'meanwhile')`);
	await store.live();
	await store.has('meanwhile');
	await end(second);
	assert.deepEqual(await store.ended(), ['signed_out']);
	await stranger.close();
});

test('a cookie that another has followed outlives its session in each tab, and without one they hear that it is over', async () => {
	const stranger = await createPerson(browser, front.url);
	const begin = async () => {
		const [{ token, session_id: id }] = await site.sql(`select token, session_id from pgbell.create_session('4714')`);
		await stranger.context.addCookies([{ name: 'pgbell_session', value: token, url: front.url, httpOnly: true }]);
		return id;
	};
	const expire = async (id) => {
		await site.sql('update pgbell.session set expires_at = now() where id::text = $1', [id]);
		await site.sql(`select pgbell.ring('{4714}')`);
	};
	const first = await begin();
	const tabs = [await openStore(stranger), await openStore(stranger)];
	for (const tab of tabs) await tab.forgetStatuses();
	const second = await begin();
	await expire(first);
	for (const tab of tabs) await tab.wasAway();
	await site.sql(`insert into pgbell.notification (user_id, kind) values ('4714', 'meanwhile')`);
	for (const tab of tabs) {
		await tab.live();
		await tab.has('meanwhile');
	}
	await expire(second);
	const reasons = [];
	for (const tab of tabs) reasons.push(...(await tab.ended()));
	assert.equal(reasons.length, tabs.length, 'each hears it once');
	/* A tab that leads before it hears why is told no more by the server than that nobody is signed in. */
	assert.deepEqual(new Set([...reasons, 'expired', 'unknown']), new Set(['expired', 'unknown']));
	assert.ok(reasons.includes('expired'));
	await stranger.close();
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

test('React shows some of them by a filter, and others when it is another', async () => {
	await site.sql(`delete from pgbell.notification where user_id = '4711'`);
	await insert('One', 'Two');
	await site.sql(`insert into pgbell.notification (user_id, kind, data) values ('4711', 'other', '{"text": "Three"}')`);
	const page = await person.open('react-some');
	const has = (...texts) =>
		page.waitForFunction((wanted) => [...document.querySelectorAll('li')].map((it) => it.className + ' ' + it.textContent).join() === wanted, texts.join(), {
			polling: 50,
		});
	await has('unread Two', 'unread One');
	await insert('Four');
	await has('unread Four', 'unread Two', 'unread One');
	await page.getByText('Two').click();
	await has('unread Four', 'read Two', 'unread One');
	await page.getByText('renew').click();
	await has('unread Four', 'unread One');
	await page.getByText('others').click();
	await has('unread Three');
	await page.locator('output', { hasText: '3' }).waitFor();
	await page.close();
});

test('a bell begins with the unread ones where the page says so', async () => {
	await site.sql(`update pgbell.notification set read_at = now() where data ->> 'text' = 'Two'`);
	const page = await person.open('unread');
	await shows(page, ['* Order shipped: Four', '* Other: Three', '* Order shipped: One']);
	await openBell(page);
	assert.equal(await page.getByRole('button', { name: 'Unread', exact: true }).getAttribute('aria-pressed'), 'true');
	await page.getByRole('button', { name: 'All', exact: true }).click();
	await row(page, 3).waitFor();
	await page.close();
	const plain = await person.open('');
	await openBell(plain);
	assert.equal(await plain.getByRole('group', { name: 'Show' }).count(), 0, 'and offers no choice where it says nothing');
	await plain.close();
});

test('and React does by them what the bell does besides', async () => {
	await site.sql(`select pgbell.allow_mutes('{security}')`);
	await site.sql(`delete from pgbell.notification where user_id = '4711'`);
	const page = await person.open('react-besides');
	await page.locator('main[data-status="live"]').waitFor();
	await page.getByRole('button', { name: 'seen' }).click();
	await page.locator('output', { hasText: /^0$/ }).waitFor();
	await insert('Hello');
	for (let n = 0; n < 2; n++) await site.sql(`select pgbell.notify('4711', 'k', '{"text": "Many"}', key => 'k')`);
	await page.locator('output', { hasText: /^2$/ }).waitFor();
	await page.locator('li', { hasText: 'Many 2' }).getByText('later').click();
	await page.locator('li', { hasText: 'Many 2' }).waitFor({ state: 'detached' });
	await page.locator('p', { hasText: /^later$/ }).waitFor(); /* it shows before it is done */
	await page.getByRole('button', { name: 'back' }).click();
	await page.locator('li', { hasText: 'Many 2' }).waitFor();
	await page.getByRole('button', { name: 'seen' }).click();
	await page.locator('output', { hasText: /^0$/ }).waitFor();
	await page.getByRole('button', { name: 'muted' }).click();
	await page.getByText('["security"]').waitFor();
	await page.getByRole('button', { name: 'mute', exact: true }).click();
	await page.getByText('This kind cannot be muted.').waitFor();
	forgive(person, /422 .*\/preferences\)$/);
	await page.close();
});

test('the pages had nothing to complain of', () => {
	assert.deepEqual(
		person.complaints.filter((text) => !/favicon\.ico/.test(text)),
		[],
	);
});
