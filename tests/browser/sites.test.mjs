/*
 * The bell in pages as other people write them: their markup, their styles, their scripts.  Their titles:
 * title.test.mjs.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bell, list, openBell, panel, row, unread } from './bell.mjs';
import { streams } from './scene.mjs';
import { keepShop, MODULE, page } from './shop.mjs';

const BELL = '<notification-bell></notification-bell>';

const PAGES = {
	'/': page(BELL),
	'/two': page(`<p>${BELL}</p><p id="narrow" style="display: none">${BELL}</p>`),
	'/throws': page(
		`${BELL}<script>
		const bell = document.querySelector('notification-bell');
		bell.texts = { button: 'Inbox', action: () => { throw new Error('no action') } };
		bell.describe = (one) => {
			if (one.kind === 'bad') throw new Error('cannot describe');
			if (one.kind === 'later') return Promise.resolve({});
			return { title: one.data.text, href: one.data.link };
		};
		</script>`,
	),
	'/shadow': page(
		`<site-header></site-header><script>
		document.querySelector('site-header').attachShadow({ mode: 'open' }).innerHTML = '${BELL}';
		</script>`,
		{ lang: 'de' },
	),
	'/clipped': page(
		`<header style="position: sticky; top: 0; z-index: 1; overflow: hidden; height: 3rem">${BELL}</header>
		<div style="position: relative; z-index: 2; height: 3000px; background: silver">above</div>`,
		{
			head: '<style>body { margin: 0 }</style>',
		},
	),
	'/quirks': `${MODULE}<div style="position: fixed; bottom: 0">${BELL}</div><p style="height: 4000px">`,
	'/loud': page(`<nav>${BELL}</nav>`, {
		head: `<style>nav, nav * { white-space: nowrap; text-transform: uppercase; letter-spacing: 1em;
			word-spacing: 2em; text-indent: 3em; word-break: break-all; text-shadow: 1px 1px red }</style>`,
	}),
	'/rtl': page(`<header dir="rtl">${BELL}</header>`, { head: '<style>body { margin: 0 }</style>' }),
	'/twice': page(`<script type="module" src="/js/notification-bell.js?v=2"></script>${BELL}`),
	'/dialog': page(`<dialog>${BELL}</dialog><script>document.querySelector('dialog').showModal()</script>`),
	'/within': page(
		`<a href="/orders/12">${BELL}</a> <details><summary>Menu ${BELL}</summary>opened</details>
		<label>Menu ${BELL} <input type="checkbox" /></label>`,
	),
	'/zoomed-page': page(`<style>html { zoom: 1.5 }</style><header style="text-align: right">${BELL}</header>`),
	'/zoomed-body': page(`<style>body { zoom: 0.75 }</style><header style="text-align: right; margin-top: 300px">${BELL}</header>`),
	'/zoomed-header': page(`<header style="zoom: 1.4; position: fixed; bottom: 0; left: 200px">${BELL}</header>`),
	/* As Prototype.js 1.7 does, on which shops of long ago are built. */
	'/prototype': page(
		`<script>
		Object.assign(Array.prototype, { entries() { return this.slice(); }, toArray() { return this.slice(); } });
		Array.from = (given) => given.toArray?.() ?? Array.prototype.slice.call(given);
		</script><notification-bell filter mutes snooze></notification-bell>`,
	),
	'/based': page(BELL, { head: '<base href="http://elsewhere.test/">' }),
	'/reserved': page(`<nav>Shop ${BELL} <a href="#">Cart</a></nav><p>${'text '.repeat(300)}</p>`, {
		head: `<style>notification-bell:not(:defined) { display: inline-block; width: 2.5rem; height: 2.5rem;
			vertical-align: middle }</style>`,
	}),
	'/closed': page(
		`<script>BroadcastChannel = class {
			constructor() { throw new DOMException('The operation is insecure', 'SecurityError'); }
		}</script>${BELL}`,
	),
	'/orders/12': 'Order 12',
};
const LANGUAGES = [
	['en_US', /now|seconds? ago/],
	['de_DE.UTF-8', /jetzt|Sekunde/],
	['zh_CN', /现在|秒/],
	['{{ locale }}', /now|second/],
	['x', /now|second/],
	['', /now|second/],
];
LANGUAGES.forEach(([lang], n) => (PAGES[`/language-${n}`] = page(BELL, { lang })));

const shop = keepShop(PAGES);
const { insert, open, complaints } = shop;

LANGUAGES.forEach(([lang, word], n) =>
	test(`a page in the language "${lang}" has a bell that opens`, async (t) => {
		const opened = await open(t, `language-${n}`);
		await insert('rang', { title: 'One' });
		await unread(opened, 1);
		await openBell(opened);
		assert.match(await row(opened, 0).locator('time').textContent(), word);
		assert.deepEqual(complaints(), []);
	}),
);

test('in the shadow root of a header it speaks the language of the page', async (t) => {
	const opened = await open(t, 'shadow');
	await insert('rang', { title: 'One' });
	await opened.getByRole('button', { name: 'Notifications, 1 unread' }).click();
	assert.match(await row(opened, 0).locator('time').textContent(), /jetzt|Sekunde/);
});

test('from right to left a hundred stay "99+", and inside of the window', async (t) => {
	const opened = await open(t, 'rtl');
	for (let n = 0; n < 100; n++) await insert('rang', { title: String(n) });
	await unread(opened, 100);
	const badge = opened.locator('.badge');
	assert.equal(await badge.evaluate((element) => getComputedStyle(element).direction), 'ltr');
	const { x, width } = await badge.boundingBox();
	const around = await opened.locator('notification-bell').boundingBox();
	assert.ok(x > around.x && x + width < around.x + around.width + 12, `${x}, ${width}`);
});

test('what a site says wrongly costs no row, and is reported', async (t) => {
	const opened = await open(t, 'throws');
	const reports = () => complaints().map((text) => /\w*Error: .*/.exec(text)?.[0] ?? text);
	await insert('bad', { title: 'Unspeakable' });
	await insert('later', { title: 'Promised' });
	await insert('good', { text: 'Fine', link: 'java\nscript:document.title="run"' });
	const button = opened.getByRole('button', { name: 'Notifications, 3 unread' });
	await button.click();
	await row(opened, 2).waitFor();
	assert.deepEqual(await list(opened), ['* : Fine', '* Later: Promised', '* Bad: Unspeakable']);
	assert.equal(await opened.locator('notification-bell a').count(), 0, 'no script is followed');
	await row(opened, 2).getByRole('button', { name: 'Mark read: Bad Unspeakable' }).click();
	await opened.getByRole('button', { name: 'Notifications, 2 unread' }).waitFor();
	const told = reports();
	for (const mistake of [
		'TypeError: texts.button of a notification-bell is no function',
		'Error: no action',
		'Error: cannot describe',
		'TypeError: describe() says nothing',
	])
		assert.ok(
			told.some((text) => text.startsWith(mistake)),
			`${mistake} in:\n${told.join('\n')}`,
		);
});

test('a listener that throws stops no other', async (t) => {
	const opened = await open(t, '');
	await opened.evaluate(() => {
		const { store } = document.querySelector('notification-bell');
		window.heard = [];
		store.subscribe(() => {
			throw new Error('a mistake of mine');
		});
		store.onEvent(() => {
			throw new Error('a mistake of mine');
		});
		store.subscribe(() => window.heard.push('change'));
		store.onEvent(({ type }) => window.heard.push(type));
	});
	await insert('rang', { title: 'One' });
	await unread(opened, 1);
	const heard = await opened.evaluate(() => window.heard);
	assert.ok(heard.includes('change') && heard.includes('new_notification'), heard.join());
	assert.match(complaints()[0], /a mistake of mine/);
});

test('a date that no calendar has is told as it is written', async (t) => {
	const opened = await open(t, '');
	await opened.evaluate(() => {
		const element = document.querySelector('notification-bell');
		const { store } = element;
		const snapshot = {
			...store.getSnapshot(),
			notifications: ['infinity', '+300000-01-01T00:00:00Z', null].map((created_at, n) => ({
				id: 9 - n,
				kind: 'odd',
				data: {},
				created_at,
				read_at: null,
			})),
		};
		element.store = { ...store, getSnapshot: () => snapshot };
	});
	await panel(opened);
	await openBell(opened);
	const times = opened.locator('notification-bell time');
	assert.deepEqual(await times.allTextContents(), ['infinity', '+300000-01-01T00:00:00Z', '']);
	assert.deepEqual(complaints(), []);
});

/* Whether the panel is wholly there, and nothing of the page lies above it. */
async function assertOnTop(opened) {
	const box = await opened.locator('#panel').boundingBox();
	const { width, height } = opened.viewportSize();
	assert.ok(box.x >= 0 && box.x + box.width <= width, JSON.stringify(box));
	assert.ok(box.y >= 0 && box.y + box.height <= height, JSON.stringify(box));
	const corners = [
		[box.x + 20, box.y + 20],
		[box.x + box.width - 20, box.y + box.height - 5],
	];
	for (const corner of corners)
		assert.equal(
			await opened.evaluate(([x, y]) => document.elementFromPoint(x, y)?.localName, corner),
			'notification-bell',
			`at ${corner}`,
		);
}

test('no header cuts the panel off, and nothing lies above it', async (t) => {
	const opened = await open(t, 'clipped');
	for (let n = 0; n < 5; n++) await insert('rang', { title: `number ${n}` });
	await unread(opened, 5);
	await openBell(opened);
	await assertOnTop(opened);
	await opened.mouse.wheel(0, 700);
	await opened.waitForFunction(() => scrollY > 0);
	await assertOnTop(opened);
	await opened.keyboard.press('Escape');
	assert.equal(await opened.locator('#panel').isVisible(), false);
});

test('where a page, or a part of it, is zoomed the panel is beside the button', async (t) => {
	for (const name of ['zoomed-page', 'zoomed-body', 'zoomed-header']) {
		const opened = await open(t, name);
		for (let n = 0; n < 5; n++) await insert('rang', { title: `number ${n}` });
		await opened.locator('notification-bell .badge:not([hidden])').waitFor();
		await openBell(opened);
		await opened.locator('.row').nth(4).waitFor();
		const [panel, button] = await Promise.all(['#panel', '.button'].map((one) => opened.locator(one).boundingBox()));
		const where = `${name}: ${JSON.stringify([panel, button])}`;
		const { width, height } = opened.viewportSize();
		assert.ok(panel.x >= 0 && panel.x + panel.width <= width && panel.y >= 0 && panel.y + panel.height <= height, where);
		const gap = Math.max(panel.y - button.y - button.height, button.y - panel.y - panel.height);
		assert.ok(gap > 0 && gap < 16, where);
		assert.ok(panel.x < button.x + button.width && button.x < panel.x + panel.width, where);
	}
});

test('without a doctype the panel is in the window too', async (t) => {
	const opened = await open(t, 'quirks');
	await openBell(opened);
	await assertOnTop(opened);
});

test('a browser without popovers has the panel beside the button', async (t) => {
	await shop.person.context.addInitScript(() => {
		if (location.search !== '?old') return;
		delete HTMLElement.prototype.showPopover;
		delete HTMLElement.prototype.popover;
	});
	const opened = await open(t, '?old');
	await insert('rang', { title: 'One' });
	await unread(opened, 1);
	await openBell(opened);
	await assertOnTop(opened);
	const moved = await opened.evaluate(() => {
		const inside = document.querySelector('notification-bell').shadowRoot;
		return getComputedStyle(inside.querySelector('#panel')).position;
	});
	assert.equal(moved, 'absolute');
	await opened.keyboard.press('Escape');
	assert.equal(await opened.locator('#panel').isVisible(), false);
});

test('a bar of shouting capitals leaves the panel its words', async (t) => {
	const opened = await open(t, 'loud');
	await insert('rang', { title: 'A title that is long enough to need more than one line of it, surely' });
	await unread(opened, 1);
	await openBell(opened);
	const look = await row(opened, 0).locator('.title').evaluate((it) => {
		const { textTransform, letterSpacing, whiteSpace, textIndent, wordBreak, textShadow } =
			getComputedStyle(it);
		return { textTransform, letterSpacing, whiteSpace, textIndent, wordBreak, textShadow };
	});
	assert.deepEqual(look, {
		textTransform: 'none',
		letterSpacing: 'normal',
		whiteSpace: 'normal',
		textIndent: '0px',
		wordBreak: 'normal',
		textShadow: 'none',
	});
	const overhang = await opened
		.locator('#panel')
		.evaluate((it) => it.scrollWidth - it.clientWidth);
	assert.equal(overhang, 0);
});

test('a page that comes by the module twice has one bell, and no complaint', async (t) => {
	const opened = await open(t, 'twice');
	await insert('rang', { title: 'One' });
	await unread(opened, 1);
	assert.equal(
		await opened.evaluate(async () => {
			const [first, second] = await Promise.all([
				import('/js/notification-bell.js'),
				import('/js/notification-bell.js?v=2'),
			]);
			return first.NotificationBell === second.NotificationBell;
		}),
		true,
	);
	assert.deepEqual(complaints(), []);
});

test('a server that renders pages can import every module', async () => {
	for (const name of ['notification-bell', 'bell-panel', 'desktop', 'title-badge', 'sse'])
		await import(`../../deploy/www/js/${name}.js`);
	const { NotificationBell } = await import('../../deploy/www/js/notification-bell.js');
	assert.equal(typeof NotificationBell, 'function');
});

test('a browser that lets no page speak to another has a live bell in each', async (t) => {
	const tabs = [await open(t, 'closed'), await open(t, 'closed')];
	await insert('order', { title: 'Shipped' });
	for (const opened of tabs)
		await opened.getByRole('button', { name: 'Notifications, 1 unread' }).waitFor();
});

test('an Escape closes one layer', async (t) => {
	const opened = await open(t, 'dialog');
	const dialog = opened.locator('dialog');
	await openBell(opened);
	await assertOnTop(opened);
	await opened.locator('#panel h2').click(); // a press between the rows
	await opened.keyboard.press('Escape');
	assert.equal(await opened.locator('#panel').isVisible(), false);
	assert.equal(await dialog.evaluate((it) => it.open), true);
	await opened.keyboard.press('Escape');
	assert.equal(await dialog.evaluate((it) => it.open), false);
});

test('a link, a summary or a label around a bell is not pressed with it', async (t) => {
	const opened = await open(t, 'within');
	await insert('rang', { title: 'One' });
	await opened.getByRole('button', { name: 'Notifications, 1 unread' }).nth(2).waitFor();
	const states = () =>
		opened.evaluate(() => [
			location.pathname,
			document.querySelector('details').open,
			document.querySelector('input').checked,
		]);
	for (const n of [0, 1, 2]) {
		const one = opened.locator('notification-bell').nth(n);
		for (const part of ['button', 'what', 'toggle']) {
			await one.locator(`.${part}`).first().click();
			assert.deepEqual(await states(), ['/within', false, false], `${part} of ${n}`);
		}
		await opened.keyboard.press('Escape');
	}
	await opened.locator('notification-bell').nth(0).locator('.button').press('Enter');
	await opened.locator('notification-bell').nth(0).locator('.remove').click();
	assert.deepEqual(await states(), ['/within', false, false]);
	assert.deepEqual(complaints(), []);
});

test('a page whose library gives arrays methods of its own has a bell that opens', async (t) => {
	const opened = await open(t, 'prototype');
	await insert('rang', { title: 'One' });
	await unread(opened, 1);
	await openBell(opened);
	await opened.getByRole('button', { name: 'Unread', exact: true }).click();
	await row(opened, 0).locator('.snooze').click();
	await opened.getByRole('button', { name: 'Cancel' }).click();
	assert.deepEqual(complaints(), []);
});

test('a bell that is moved about keeps its stream', async (t) => {
	const opened = await open(t, '');
	const asked = [];
	opened.on('request', (request) => asked.push(request.url()));
	await openBell(opened);
	await opened.evaluate(async () => {
		const element = document.querySelector('notification-bell');
		for (let n = 0; n < 80; n++) {
			document.body.prepend(element);
			if (n % 8 === 0) await new Promise((resolve) => setTimeout(resolve));
		}
	});
	assert.equal(await opened.locator('#panel').isVisible(), false);
	await insert('rang', { title: 'One' });
	await unread(opened, 1);
	await openBell(opened);
	assert.deepEqual(asked, []);
	await opened.evaluate(() => document.querySelector('notification-bell').remove());
	await streams(shop.site, 0);
});

test('a bell that is given something late goes on with what it has', async (t) => {
	const opened = await open(t, '');
	const asked = [];
	opened.on('request', (request) => asked.push(request.url()));
	await opened.evaluate(() => {
		document.querySelector('notification-bell').texts = { heading: 'Post' };
	});
	await insert('rang', { title: 'One' });
	await unread(opened, 1);
	await bell(opened).click();
	await opened.getByRole('heading', { name: 'Post' }).waitFor();
	assert.deepEqual(asked, []);
});

test('of two bells the one that is to be seen speaks, and they have one stream', async (t) => {
	const opened = await open(t, 'two');
	await opened.locator('#panel').nth(1).waitFor({ state: 'attached' });
	await streams(shop.site, 1);
	const spoken = () =>
		opened.locator('[aria-live="polite"]').evaluateAll((all) => all.map((it) => it.textContent));
	const seen = (count) =>
		opened.getByRole('button', { name: `Notifications, ${count} unread` }).waitFor();
	await insert('rang', { title: 'One' });
	await seen(1);
	assert.deepEqual(await spoken(), ['Rang One', '']);
	await opened.evaluate(() => {
		const [wide, narrow] = document.querySelectorAll('p');
		wide.style.display = 'none';
		narrow.style.display = 'block';
	});
	await insert('rang', { title: 'Two' });
	await seen(2);
	assert.deepEqual(await spoken(), ['Rang One', 'Rang Two']);
});

test('a <base> of another host leads no request there', async (t) => {
	const opened = await open(t, 'based');
	await insert('rang', { title: 'One', url: '/orders/12' });
	await unread(opened, 1);
	await openBell(opened);
	await row(opened, 0).getByRole('link').click();
	await opened.waitForURL(`${shop.front.url}/orders/12`);
	assert.deepEqual(complaints(), []);
});

test('a press on a row that leads nowhere marks it read, and a second one does nothing', async (t) => {
	const opened = await open(t, '');
	const asked = [];
	opened.on('request', (request) => asked.push(request.method()));
	await insert('rang', { title: 'One' });
	await unread(opened, 1);
	await openBell(opened);
	const what = row(opened, 0).locator('.what');
	await what.click();
	await unread(opened, 0);
	await what.click({ force: true });
	await opened.keyboard.press('Enter');
	await unread(opened, 0);
	assert.deepEqual(asked, ['PUT']);
	await row(opened, 0).getByRole('button', { name: 'Mark unread: Rang One' }).click();
	await unread(opened, 1);
	assert.deepEqual(asked, ['PUT', 'DELETE']);
});

test('the mark of a row keeps its ring off the words, and no target is small', async (t) => {
	const opened = await open(t, '');
	await insert('rang', {});
	await unread(opened, 1);
	await openBell(opened);
	await opened.keyboard.press('Shift+Tab');
	const ring = await opened.evaluate(() => {
		const focused = document.querySelector('notification-bell').shadowRoot.activeElement;
		const { outlineOffset, outlineStyle } = getComputedStyle(focused);
		return { name: focused.className, outlineOffset, outlineStyle };
	});
	assert.deepEqual(ring, { name: 'toggle', outlineOffset: '-2px', outlineStyle: 'solid' });
	const { height } = await row(opened, 0).locator('.what').boundingBox();
	assert.ok(height >= 24, `${height} px`);
});

test('a bell whose room is kept moves nothing when it appears', async (t) => {
	await insert('rang', { title: 'One' });
	await shop.person.context.addInitScript(() => {
		window.moved = 0;
		new PerformanceObserver((all) => {
			for (const { value } of all.getEntries()) window.moved += value;
		}).observe({ type: 'layout-shift', buffered: true });
	});
	const opened = await open(t, 'reserved');
	await unread(opened, 1);
	await opened.evaluate(
		() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
	);
	const moved = await opened.evaluate(() => window.moved);
	assert.ok(moved < 0.0005, `moved by ${moved}`);
});

test('the pages had nothing else to complain of', () => {
	assert.deepEqual(complaints(), []);
});
