/*
 * Somebody else's shop with a bell in its pages, and a person who is signed in there.  A file of tests says
 *
 *   const shop = keepShop(pages);
 */

import { after, before } from 'node:test';
import { createCustomer, launchBrowser } from './browser.mjs';
import { startFront } from './front.mjs';
import { startSite } from '../lib/site.mjs';

export const MODULE = '<script type="module" src="/js/notification-bell.js"></script>';

/* An ordinary page with this in its body. */
export const page = (text, { head = '', lang = 'en' } = {}) =>
	`<!doctype html><html lang="${lang}"><title>Shop</title>${MODULE}${head}${text}</html>`;

/* pages: { path: HTML }.  What it returns is for tests, which run when the site is there. */
export function keepShop(pages) {
	let site, front, browser, person;

	before(async () => {
		site = await startSite();
		front = await startFront(site, pages);
		browser = await launchBrowser();
		person = await createCustomer(browser, site, front.url);
	});

	after(async () => {
		await browser?.close();
		front?.stop();
		await site?.stop();
	});

	const clear = () => site.sql('delete from pgbell.notification');

	return {
		get site() { return site; },
		get front() { return front; },
		get person() { return person; },

		insert: (kind, data) =>
			site.sql(`insert into pgbell.notification (user_id, kind, data) values ('4711', $1, $2)`, [
				kind,
				JSON.stringify(data),
			]),

		clear,

		/* A page of the shop, its bell live and its panel there. */
		async open(t, path) {
			const opened = await person.open(path);
			t.after(async () => {
				await opened.close();
				await clear();
			});
			await opened.locator('notification-bell[status="live"]').first().waitFor();
			await opened.locator('#panel').first().waitFor({ state: 'attached' });
			return opened;
		},

		/* What browsers complained of since the last call. */
		complaints: () => person.complaints.splice(0).filter((text) => !/favicon\.ico/.test(text)),
	};
}
