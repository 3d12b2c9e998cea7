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
import { bell, live, panel, unread } from './bell.mjs';
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

/*
 * What Orca runs as it starts.  Python writes a file in blocks and Orca never flushes its log: what it said last would stand
 * in it when more was said.  And the Orca of whoever runs this is let live: it would not start beside another,
 * or, with --replace, kill it.
 */
const CUSTOMIZATIONS = `
import __main__
from orca import debug
debug.debugFile.reconfigure(line_buffering=True)
__main__.otherOrcas = lambda: []
`;

const log = () => readFile(join(home, 'orca.log'), 'utf8').catch(() => '');

/* What it has said so far. */
async function said() {
	return [...(await log()).matchAll(/SPEECH OUTPUT: '(.*?)'/g)].map(([, text]) => text.trim());
}

/* Resolves when it has said these, in this order, after the first `from` that it has said; others may stand between. */
async function hear(from, ...texts) {
	let heard = [];
	const isHeard = async () => {
		heard = (await said()).slice(from);
		const left = [...texts];
		for (const text of heard) if (left[0] instanceof RegExp ? left[0].test(text) : left[0] === text) left.shift();
		return left.length === 0;
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
	await writeFile(join(home, 'orca-customizations.py'), CUSTOMIZATIONS);
	desktop.start(ORCA, ['--user-prefs', home, '--debug-file', join(home, 'orca.log')], desktop.env);
	await hear(0, 'Screen reader on.');
	site = await startSite({ apis: 1 });
	browser = await launchBrowser([], { headless: false, env: desktop.env });
	const person = await createPerson(browser, site.url);
	page = await person.signUp('ada', 'the password of ada');
	[user] = await site.sql("select id::text from qa.account where username = 'ada'");
	await settle();
});

/*
 * Resolves when it has worked off all of the page so far.  While more than fifty events wait for it, as when a page loads,
 * Orca leaves out what live regions say; but never what is focused, and it takes events in their order.  It may be silent
 * about that: by the first focus in a page it finds its place there.
 */
async function settle() {
	await hear(0, /^Finished loading .*pgbell\.$/); /* by whichever title the page had by then */
	await live(page);
	await panel(page);
	await page.getByRole('button', { name: 'Sign out' }).focus();
	const focus = 'Dequeued object:state-changed:focused [push button | Sign out]';
	await waitFor('Orca to take note of the focus', async () => (await log()).includes(focus), 2 * PATIENCE_MS);
}

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
