/* The bell of a page, as a person reads and uses it.  Every function waits for what it names. */

import assert from 'node:assert/strict';
import { PATIENCE_MS } from '../lib/wait.mjs';

export const bell = (page) => page.getByRole('button', { name: /^Notifications(,|$)/ });

export const status = (page, word) => page.locator(`.status[data-status="${word}"]`).waitFor();

export const live = (page) => status(page, 'live');

/*
 * Resolves when the badge says `count`, whichever of the two it counts, to the moment (ms since 1970) at which it did.  An observer
 * in the page tells it: a page in the background draws rarely, and would be asked late.
 */
export async function unread(page, count) {
	const labels =
		count === 0
			? ['Notifications']
			: [`Notifications, ${count} unread`, `Notifications, ${count} new`];
	const moment = await page.evaluate(untilLabelled, [labels, PATIENCE_MS]);
	const badge = page.locator('.badge');
	assert.notEqual(moment, null, `the badge says ${await badge.textContent()}, not ${count}`);
	assert.equal(await badge.textContent(), count > 99 ? '99+' : String(count));
	assert.equal(await badge.isVisible(), count > 0);
	return moment;
}

function untilLabelled([labels, limit_ms]) {
	return new Promise((resolve) => {
		const observer = new MutationObserver(look);
		const changes = { subtree: true, childList: true, attributes: true };
		let watched = null; /* the inside of the bell, which may be another one by now */
		function look() {
			const inside = document.querySelector('notification-bell')?.shadowRoot;
			if (inside && inside !== watched)
				observer.observe((watched = inside), changes);
			const button = inside?.querySelector('.button');
			if (labels.includes(button?.getAttribute('aria-label'))) end(Date.now());
		}
		function end(moment) {
			observer.disconnect();
			resolve(moment);
		}
		observer.observe(document, changes);
		setTimeout(end, limit_ms, null);
		look();
	});
}

/* Which of these tabs holds the stream for all; there is one, soon after there was none. */
export async function leader(pages) {
	const deadline = Date.now() + PATIENCE_MS;
	while (Date.now() < deadline) {
		for (const page of pages)
			if (
				await page.evaluate(() =>
					document.querySelector('notification-bell').store.leads(),
				)
			)
				return page;
		await pages[0].waitForTimeout(50);
	}
	throw new Error('no tab leads');
}

/* Resolves when the page has the panel too, open or not, which comes behind the count. */
export const panel = (page) => page.locator('#panel').waitFor({ state: 'attached' });

/* The list from top to bottom, an unread one with a star; the panel need not be open. */
export async function list(page) {
	await panel(page);
	return page.$$eval('notification-bell .row', (rows) =>
		rows.map((row) => {
			const text = (name) => row.querySelector(name)?.textContent ?? '';
			const star = row.classList.contains('unread') ? '* ' : '';
			const what = row.querySelector('.what').cloneNode(true);
			for (const part of what.querySelectorAll('.unseen, .title, .excerpt'))
				part.remove();
			return `${star}${what.textContent}: ${text('.title')}`;
		}),
	);
}

export async function shows(page, expected) {
	const deadline = Date.now() + PATIENCE_MS;
	let shown;
	do {
		shown = await list(page);
		if (JSON.stringify(shown) === JSON.stringify(expected)) return;
		await page.waitForTimeout(20);
	} while (Date.now() < deadline);
	assert.deepEqual(shown, expected);
}

/* The text of what has the focus in the bell. */
export const focused = (page) =>
	page.evaluate(() => document.querySelector('notification-bell').shadowRoot.activeElement?.textContent);

export const row = (page, n) => page.locator('notification-bell .row').nth(n);

/* In front, as a person has it: Chromium draws an open panel behind another tab once a second. */
export async function openBell(page) {
	await page.bringToFront();
	if ((await bell(page).getAttribute('aria-expanded')) === 'false') await bell(page).click();
	await page.getByRole('heading', { name: 'Notifications' }).waitFor();
}

/* Clicks, and resolves to the moment at which the answer to the request it makes was there. */
export async function submit(page, button) {
	const answered = page
		.waitForResponse((response) => response.request().method() !== 'GET')
		.then((response) => {
			assert.ok(response.ok(), `${response.url()} answered ${response.status()}`);
			return Date.now();
		});
	await button.click();
	return answered;
}
