/*
 * What Orca says of the bell in Firefox, by its own account of it: each ring, also one that says the same again,
 * what opens, and what came of a press.
 */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bell, unread } from './bell.mjs';
import { createPerson, engine, launchBrowser } from './browser.mjs';
import { hasDesktop, startDesktop } from './engines/desktop.mjs';
import { startSite } from '../lib/site.mjs';
import { PATIENCE_MS, waitFor } from '../lib/wait.mjs';

const ORCA = '/usr/bin/orca';
const only = {
	skip:
		engine !== 'firefox'
			? 'it is tried in Firefox'
			: !(hasDesktop() && [ORCA, '/usr/bin/openbox'].every(existsSync)) && 'there is no Orca (make browsers installs it)',
};

let home, site, browser, desktop, page, user;

/* What it has said so far. */
async function said() {
	const log = await readFile(join(home, 'orca.log'), 'utf8').catch(() => '');
	return [...log.matchAll(/SPEECH OUTPUT: '(.*?)'/g)].map(([, text]) => text.trim());
}

/* Resolves when it has said these, in this order, after the first `from` that it has said; others may stand between. */
async function hear(from, ...texts) {
	let heard = [];
	const isHeard = async () => {
		heard = (await said()).slice(from);
		let at = -1;
		return texts.every((text) => (at = heard.indexOf(text, at + 1)) !== -1);
	};
	await waitFor(texts.join(', '), isHeard, 2 * PATIENCE_MS).catch((error) => {
		throw new Error(`${error.message}; heard: ${JSON.stringify(heard)}`);
	});
}

before(async () => {
	if (only.skip) return;
	home = await mkdtemp(join(tmpdir(), 'orca-'));
	/* Where nothing can speak Orca waits for long; without a way to speak it goes on, and writes down. */
	await writeFile(join(home, 'speechd.py'), 'raise ImportError\n');
	desktop = await startDesktop({ HOME: home, XDG_RUNTIME_DIR: home, PYTHONPATH: home });
	desktop.start('/usr/bin/openbox', [], desktop.env); /* Orca is silent in a window that no manager has made active */
	desktop.start(ORCA, ['--replace', '--debug-file', join(home, 'orca.log')], desktop.env);
	await hear(0, 'Screen reader on.');
	site = await startSite({ apis: 1 });
	browser = await launchBrowser([], { headless: false, env: desktop.env });
	const person = await createPerson(browser, site.url);
	page = await person.signUp('ada', 'the password of ada');
	await bell(page).waitFor();
	[user] = await site.sql("select id::text from qa.account where username = 'ada'");
	await hear(0, 'Finished loading Questions · pgbell.');
});

after(async () => {
	await browser?.close();
	await desktop?.stop();
	await site?.stop();
	if (home) await rm(home, { recursive: true, force: true });
});

const ring = (title) =>
	site.sql("insert into pgbell.notification (user_id, kind, data) values ($1, 'backup_done', $2)", [
		user.id,
		{ title },
	]);

test('Orca says each ring, also one that says the same again', only, async () => {
	const from = (await said()).length;
	await ring('Nightly backup');
	await unread(page, 1);
	await hear(from, 'Backup done Nightly backup');
	await ring('Nightly backup');
	await unread(page, 2);
	await hear(from, 'Backup done Nightly backup', 'Backup done Nightly backup');
	await ring('Weekly backup');
	await hear(from, 'Backup done Nightly backup', 'Backup done Nightly backup', 'Backup done Weekly backup');
	assert.equal((await said()).slice(from).filter((text) => text.startsWith('Backup')).length, 3);
});

test('Orca says what opens, and how many are unread after a press', only, async () => {
	let from = (await said()).length;
	await bell(page).focus();
	await hear(from, 'Notifications, 3 unread collapsed push button.');
	await page.keyboard.press('Enter');
	await hear(from, 'List with 3 items.', 'Unread: Backup done Weekly backup push button.');
	from = (await said()).length;
	await page.keyboard.press('Enter');
	await hear(from, 'Notifications, 2 unread');
});
