/*
 * What a page keeps that stays open for long: counted in listeners, and in entries of all the maps and sets
 * that it has, so that the count is the same each time.  Chromium alone tells them.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createPerson, launchBrowser } from './browser.mjs';
import { startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const TOPICS = 200;
const PUBLICATIONS = 2000;
const FEW = 5; /* what is under way when it is counted */

let site, browser;

before(async () => {
	site = await startSite();
	browser = await launchBrowser();
});

after(async () => {
	await browser?.close();
	await site?.stop();
});

/* Resolves to what counts {listeners, entries} of a page; what is garbage is gone before. */
async function countIn(page) {
	const cdp = await page.context().newCDPSession(page);
	await cdp.send('Performance.enable');
	const entriesOf = async (kind) => {
		const { result } = await cdp.send('Runtime.evaluate', { expression: `${kind}.prototype` });
		const { objects } = await cdp.send('Runtime.queryObjects', { prototypeObjectId: result.objectId });
		const { result: sum } = await cdp.send('Runtime.callFunctionOn', {
			objectId: objects.objectId,
			functionDeclaration: 'function () { return this.reduce((sum, { size }) => sum + size, 0); }',
			returnByValue: true,
		});
		return sum.value;
	};
	return async () => {
		const entries = (await entriesOf('Map')) + (await entriesOf('Set'));
		const { metrics } = await cdp.send('Performance.getMetrics');
		return { listeners: metrics.find(({ name }) => name === 'JSEventListeners').value, entries };
	};
}

const isLive = (page) => waitFor('the page to be live', () => page.evaluate(() => window.client.status === 'live'));

for (const transport of ['eventsource', 'websocket'])
	test(`a page that follows and leaves topics, and is told much, keeps nothing of it, by ${transport}`, async () => {
		const person = await createPerson(browser, site.url);
		const page = await person.open();
		const topic = `public:${transport}`;
		await page.evaluate(
			async ([how, stays]) => {
				const { createNotificationSSE } = await import('/js/sse.js');
				window.last = 0;
				window.client = createNotificationSSE({ visitor: true, transport: how });
				window.client.follow(stays, { after: 0, onEvent: ({ seq }) => (window.last = seq) });
				/* By turns: some are asked for before they are left, and some are not. */
				window.followMany = async (count) => {
					const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
					for (let i = 0; i < count; i++) {
						const leave = window.client.follow(`public:${i}`, { after: 0, onEvent() {} });
						if (i % 20 === 0) await pause(40);
						leave();
						if (i % 30 === 0) await pause(20);
					}
					await pause(40);
				};
			},
			[transport, topic],
		);
		await isLive(page);
		let last = 0;
		async function use(topics, publications) {
			await page.evaluate((count) => window.followMany(count), topics);
			await isLive(page);
			await site.sql(`insert into pgbell.publication (topic, kind) select $1, 'k' from generate_series(1, $2::integer)`, [topic, publications]);
			last += publications;
			await waitFor('all of it', () => page.evaluate((seq) => window.last === seq, last));
		}
		await use(TOPICS / 10, PUBLICATIONS / 10); // all that is made once is made
		const count = await countIn(page);
		const before = await count();
		await use(TOPICS, PUBLICATIONS);
		const now = await count();
		assert.ok(now.listeners <= before.listeners + FEW && now.entries <= before.entries + FEW, JSON.stringify([before, now]));
		await person.close();
	});
