/*
 * What Orca and its like get of the bell in Firefox, by the desktop's accessibility bus: a ring is said
 * once, in whole words, while the focus stays; and the way to it and through it has names.
 */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bell, unread } from './bell.mjs';
import { createPerson, engine, launchBrowser } from './browser.mjs';
import { hasDesktop, startDesktop } from './engines/desktop.mjs';
import { root, startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const only = {
	skip:
		engine !== 'firefox'
			? 'it is tried in Firefox'
			: !hasDesktop() && 'there is no AT-SPI (make browsers installs it)',
};

const heard = []; /* in its order */
let site, browser, desktop, page, user;

/* Resolves when a line of that kind was heard, from the one numbered `from` on. */
const hear = (what, matches, from = 0) =>
	waitFor(what, () => heard.slice(from).find((line) => matches(line))).catch((error) => {
		throw new Error(`${error.message}; heard: ${JSON.stringify(heard.slice(-20))}`);
	});

before(async () => {
	if (only.skip) return;
	desktop = await startDesktop();
	const { env } = desktop;
	desktop
		.start('/usr/bin/python3', [join(root, 'tests/browser/screen-reader.py')], env)
		.on('line', (line) => heard.push(JSON.parse(line)));
	await hear('the listener', (line) => line.ready);
	site = await startSite({ apis: 1 });
	browser = await launchBrowser([], { headless: false, env });
	const person = await createPerson(browser, site.url);
	page = await person.signUp('ada', 'the password of ada');
	await bell(page).waitFor();
	[user] = await site.sql("select id::text from qa.account where username = 'ada'");
	await hear('that it is live', (line) => line.said === 'Live');
});

after(async () => {
	await browser?.close();
	await desktop?.stop();
	await site?.stop();
});

const ring = (title) =>
	site.sql("insert into pgbell.notification (user_id, kind, data) values ($1, 'backup_done', $2)", [
		user.id,
		{ title, excerpt: 'No trouble at all' },
	]);

test('a ring is said once, politely, and the focus stays where it is', only, async () => {
	const from = heard.length;
	await ring('Nightly backup');
	await unread(page, 1);
	await hear('the ring', (line) => line.said?.includes('Nightly backup'), from);
	await ring('Weekly backup'); /* behind which nothing of the first can come */
	await hear('the next', (line) => line.said?.includes('Weekly backup'), from);
	assert.deepEqual(heard.slice(from), [
		{ said: 'Backup done Nightly backup', way: 'polite' },
		{ said: 'Backup done Weekly backup', way: 'polite' },
	]);
});

test('the button says how many are unread, and that it is open', only, async () => {
	const from = heard.length;
	await bell(page).focus();
	await hear('the button', (line) => line.focus === 'Notifications, 2 unread', from);
	await page.keyboard.press('Enter');
	await hear('that it is open', (line) => line.expands === 'Notifications, 2 unread' && line.expanded, from);
});

test('each row is a button whose name is all that can be read of it', only, async () => {
	const row = await hear('the first row', (line) => line.focus?.startsWith('Unread: '));
	assert.deepEqual([row.focus, row.role], ['Unread: Backup done Weekly backup No trouble at all', 'push button']);
	await page.keyboard.press('ArrowDown');
	await hear('the next', (line) => line.focus === 'Unread: Backup done Nightly backup No trouble at all');
	const from = heard.length;
	await page.keyboard.press('Escape');
	await hear('the button again', (line) => line.focus === 'Notifications, 2 unread', from);
	await hear('that it is closed', (line) => line.expands === 'Notifications, 2 unread' && !line.expanded, from);
});
