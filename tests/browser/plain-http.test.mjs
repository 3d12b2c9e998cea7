/*
 * A site over plain HTTP that is not localhost, as intranets have them: there are no Web Locks there, and
 * six connections for all tabs together.  One tab holds the stream all the same.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { leader, live, unread } from './bell.mjs';
import { createPerson, launchBrowser } from './browser.mjs';
import { streams, unexpected } from './scene.mjs';
import { startSite } from '../lib/site.mjs';

const TABS = 8; // two more than there are connections

let site, browser, ada;
let tabs = [];
let rung = 0;

before(async () => {
	site = await startSite({ env: { PGBELL_HEARTBEAT_S: '60', PGBELL_FLOOR_S: '60' } });
	browser = await launchBrowser(['--host-resolver-rules=MAP intranet.test 127.0.0.1']);
	ada = await createPerson(browser, site.url.replace('127.0.0.1', 'intranet.test'));
	tabs = [await ada.signUp('ada', 'the password of ada')];
	await live(tabs[0]);
});

after(async () => {
	await browser?.close();
	await site?.stop();
});

async function rings(among = tabs) {
	await site.sql(
		`insert into pgbell.notification (user_id, kind)
		select id::text, 'rang' from qa.account where username = 'ada'`,
	);
	rung++;
	await Promise.all(among.map((page) => unread(page, rung)));
}

/* Looks at how many streams are open until it is ended, and resolves to the most there were. */
function watchStreams() {
	let most = 0;
	let isOver = false;
	const watching = (async () => {
		while (!isOver) {
			const { body } = await site.api('GET', '/metrics');
			most = Math.max(most, Number(/^pgbell_streams (\d+)$/m.exec(body)[1]));
		}
	})();
	return async () => {
		isOver = true;
		await watching;
		return most;
	};
}

test('a page there has no locks, which is what this is about', async () => {
	assert.deepEqual(
		await tabs[0].evaluate(() => [isSecureContext, typeof navigator.locks]),
		[false, 'undefined'],
	);
});

test('more tabs than there are connections are live with one stream', async () => {
	const most = watchStreams();
	while (tabs.length < TABS) tabs.push(await ada.open());
	await Promise.all(tabs.map(live));
	await streams(site, 1);
	assert.ok((await most()) <= 2, `${await most()} streams at a time`);
	await rings();
});

test('tabs that are opened all at once agree on one of them', async () => {
	await Promise.all(tabs.map((page) => page.reload()));
	await Promise.all(tabs.map(live));
	await streams(site, 1);
	await rings();
	await leader(tabs);
	const leading = await Promise.all(
		tabs.map((page) =>
			page.evaluate(() => document.querySelector('notification-bell').store.leads()),
		),
	);
	assert.equal(leading.filter(Boolean).length, 1);
});

test('when the tab that holds the stream is closed another takes over', async () => {
	const first = await leader(tabs);
	tabs = tabs.filter((page) => page !== first);
	await first.close();
	await leader(tabs);
	await rings();
	await streams(site, 1);
});

test('when it goes to another site another takes over, and it comes back', async () => {
	const first = await leader(tabs);
	const others = tabs.filter((page) => page !== first);
	await first.goto(`${site.url}/`); // by its address, which is another site
	await leader(others);
	await rings(others);
	await first.evaluate(() => history.back()).catch(() => {}); // it is gone before it answers
	await first.waitForURL((url) => url.hostname === 'intranet.test', { waitUntil: 'commit' });
	await unread(first, rung);
	await streams(site, 1);
	await rings();
});

test('when it crashes another takes over', async () => {
	const first = await leader(tabs);
	tabs = tabs.filter((page) => page !== first);
	const devtools = await ada.context.newCDPSession(first);
	const crashed = first.waitForEvent('crash');
	devtools.send('Page.crash').catch(() => {});
	await crashed;
	await leader(tabs);
	await rings();
	await streams(site, 1);
});

test('when it hangs another takes over, and it follows when it is back', async () => {
	const first = await leader(tabs);
	const others = tabs.filter((page) => page !== first);
	const hangs = first.evaluate(() => {
		const end = Date.now() + 12000;
		while (Date.now() < end);
	});
	await leader(others);
	await rings(others);
	await hangs;
	await unread(first, rung);
	await leader(tabs);
	await rings();
	await streams(site, 1);
});

test('signing out in one tab ends all', async () => {
	await tabs[0].getByRole('button', { name: 'Sign out' }).click();
	await Promise.all(
		tabs.map((page) => page.getByRole('link', { name: 'Sign in' }).first().waitFor()),
	);
	await streams(site, 0);
});

test('the pages had nothing else to complain of', () => {
	const isIgnored = /Cross-Origin-Opener-Policy header has been ignored/;
	assert.deepEqual(
		ada.complaints.filter(unexpected).filter((text) => !isIgnored.test(text)),
		[],
	);
});
