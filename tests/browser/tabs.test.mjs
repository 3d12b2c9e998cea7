/*
 * Many tabs of one person: one of them holds the stream for all, and when it goes, by
 * whatever way, another does.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { leader, live, unread } from './bell.mjs';
import { engine, unless } from './browser.mjs';
import { Scene } from './scene.mjs';

let scene, site, ada;
let tabs = []; /* those of Ada that are open */

before(async () => {
	scene = await Scene.open();
	await scene.signUp();
	({ site, ada } = scene);
	await scene.theirs.close();
	tabs = [scene.home, scene.away];
});

after(() => scene?.close());

let rung = 0;

/* One more row, and every tab has it. */
async function rings(among = tabs) {
	rung++;
	await scene.insert('rang', { title: `number ${rung}` });
	await Promise.all(among.map((page) => unread(page, rung)));
}

test('twelve tabs are live with one stream', async () => {
	while (tabs.length < 12) tabs.push(await ada.open());
	await Promise.all(tabs.map(live));
	await scene.streams(1);
	await rings();
});

test('when the tab that holds the stream is closed another takes over', async () => {
	const first = await leader(tabs);
	tabs = tabs.filter((page) => page !== first);
	await scene.insert('rang', { title: `number ${++rung}` });
	await first.close();
	await Promise.all(tabs.map((page) => unread(page, rung)));
	await rings();
	await Promise.all(tabs.map(live));
	await scene.streams(1);
	while (tabs.length > 4) await tabs.pop().close();
	await rings();
});

test('what is nested too deep for a browser to pass on is in every tab all the same', async () => {
	await scene.insert('rang', { title: `number ${++rung}` });
	await site.sql(`update pgbell.notification set data = data
		|| jsonb_build_object('nested', (repeat('[', 5000) || repeat(']', 5000))::jsonb)
		where data ->> 'title' = 'number ${rung}'`);
	await rings();
	const shows = (title) => {
		const { notifications } = document.querySelector('notification-bell').store.getSnapshot();
		return notifications[0].data.title === title && notifications[1].data.nested !== undefined;
	};
	for (const page of tabs) await page.waitForFunction(shows, `number ${rung}`, { polling: 50 });
});

const NO_CRASH = 'only Chromium’s can be told to';

test('when it crashes another takes over', unless({ firefox: NO_CRASH, webkit: NO_CRASH }), async () => {
	const first = await leader(tabs);
	tabs = tabs.filter((page) => page !== first);
	const devtools = await ada.context.newCDPSession(first);
	const crashed = first.waitForEvent('crash');
	devtools.send('Page.crash').catch(() => {});
	await crashed;
	await rings();
	await scene.streams(1);
});

test('when it hangs one of those that are looked at takes the lock from it', async () => {
	const first = await leader(tabs);
	const others = tabs.filter((page) => page !== first);
	assert.ok(others.length >= 2);
	await first.evaluate(() =>
		setTimeout(() => {
			const end = Date.now() + 12000;
			while (Date.now() < end);
		}),
	);
	await leader(others);
	await rings(others);
	await unread(first, rung);
	await rings();
	await scene.streams(1);
});

const EVENT_SOURCE_CLOSED = 2;

/* Firefox keeps no page that has had a stream: it loads it anew. */
const IS_KEPT = engine !== 'firefox';

let page; /* one that came back */

test('a page comes out of the back/forward cache with what it missed', async () => {
	page = await leader(tabs);
	await page.evaluate(() => {
		addEventListener('pageshow', (event) => (window.persisted = event.persisted));
		const { close } = EventSource.prototype;
		window.letGo = [];
		EventSource.prototype.close = function () {
			if (this.readyState !== 2) window.letGo.push(this);
			close.call(this);
		};
	});
	await page.goto(`${site.url}/?elsewhere`);
	await live(page);
	await scene.insert('rang', { title: `number ${++rung}` });
	await page.evaluate(() => history.back()).catch(() => {}); // it is gone before it answers
	await page.waitForURL((url) => url.search === '', { waitUntil: 'commit' });
	await unread(page, rung);
	assert.equal(await page.evaluate(() => window.persisted ?? false), IS_KEPT);
	await live(page);
	await rings();
});

/* WebKit opens it again, for nobody, where nobody closes it again. */
test('the stream that it let go of stays closed', async () => {
	const states = await page.evaluate(() => window.letGo?.map(({ readyState }) => readyState));
	if (IS_KEPT) assert.deepEqual([...new Set(states)], [EVENT_SOURCE_CLOSED]);
	await scene.streams(1);
});

test('a browser that denies its locks has one stream too', async () => {
	const strict = await scene.person('a-browser-without-storage');
	await strict.context.addInitScript(() => {
		LockManager.prototype.request = async () => {
			throw new DOMException('Access to the Locks API is denied', 'SecurityError');
		};
	});
	const first = await strict.signUp(strict.username, strict.password);
	const second = await strict.open();
	await live(first);
	await live(second);
	await leader([first, second]);
	await scene.streams(2);
	await strict.close();
	await scene.streams(1);
});

test('without a way to hear of each other each tab has its own stream', async () => {
	const old = await scene.person('a-browser-without-channels');
	await old.context.addInitScript(() => delete window.BroadcastChannel);
	const first = await old.signUp(old.username, old.password);
	const second = await old.open();
	await live(first);
	await live(second);
	await scene.streams(3);
	await old.close();
	await scene.streams(1);
});

/* What a tab that was frozen in the wrong moment looks like to the others. */
test('a lock that came to a tab which says nothing is taken from it soon', async () => {
	const other = await scene.person('a-person-with-few-tabs');
	const first = await other.signUp(other.username, other.password);
	await live(first);
	await leader([first]);
	const mute = await other.context.newPage();
	await mute.goto(`${site.url}/favicon.svg`);
	await mute.evaluate(async () => {
		const [{ name }] = (await navigator.locks.query()).held;
		window.questions = 0;
		window.has = new Promise((resolve) => {
			navigator.locks.request(name, () => {
				resolve();
				return new Promise(() => {});
			});
		});
		window.has.then(() => {
			window.channel = new BroadcastChannel(name);
			window.channel.onmessage = ({ data }) => (window.questions += data.question ? 1 : 0);
		});
	});
	const second = await other.open();
	await live(second);
	await first.close();
	await mute.evaluate(() => window.has);
	await leader([second]);
	const questions = await mute.evaluate(() => window.questions);
	assert.ok(questions <= 1, `asked ${questions} times`);
	await live(second);
	await other.close();
	await scene.streams(1);
});

test('signing out in one tab ends all', async () => {
	await tabs[0].getByRole('button', { name: 'Sign out' }).click();
	await Promise.all(
		tabs.map((page) => page.getByRole('link', { name: 'Sign in' }).first().waitFor()),
	);
	await scene.streams(0);
});

test('the pages had nothing to complain of', () => {
	assert.deepEqual(scene.complaints(), []);
});
