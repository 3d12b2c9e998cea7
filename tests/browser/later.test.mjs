/*
 * What is not in the list just now: put off, expired, snoozed by the person, or left out because it was read, as
 * open tabs show it and as those do that poll.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import http from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { root } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';
import { focused, live, openBell, panel, row, shows } from './bell.mjs';
import { Scene, forgive } from './scene.mjs';

const run = promisify(execFile);
const TIMING = { first_ms: 50, cap_ms: 200, poll_ms: 500 };

let scene, site, home, away, id;

before(async () => {
	scene = await Scene.open({ timing: TIMING, env: { PGBELL_NOTIFICATION_KEEP_DAYS: '30' } });
	await scene.signUp();
	({ site, home, away } = scene);
	[{ id }] = await site.sql('select id::text from qa.account where username = $1', [scene.ada.username]);
	for (const page of [home, away]) await panel(page);
});

after(() => scene?.close());

const bothShow = (...what) => scene.bothShow(...what);

test('a person snoozes a notification from the bell; it is back, unread, at the top', async () => {
	await scene.clear();
	await scene.insert('rang', { title: 'not now' }, { title: 'on top' });
	await bothShow(2, '* Rang: on top', '* Rang: not now');
	await openBell(home);
	await row(home, 1).getByRole('button', { name: /^Later: Rang not now/ }).click();
	await home.getByRole('button', { name: 'Tomorrow morning' }).waitFor();
	await home.getByRole('button', { name: 'In an hour' }).click();
	await bothShow(1, '* Rang: on top');
	await home.keyboard.press('Escape');
	const [{ minutes }] = await site.sql(
		`select round(extract(epoch from at - now()) / 60)::integer as minutes from pgbell.due`,
	);
	assert.equal(minutes, 60);
	await site.sql('update pgbell.due set at = now()');
	await site.sql('select pgbell.run_due()');
	await bothShow(2, '* Rang: not now', '* Rang: on top');
});

test('a person undoes a snooze: it is where it was, as it was, in both tabs', async () => {
	await scene.clear();
	await scene.insert('rang', { title: 'not now' }, { title: 'on top' });
	await bothShow(2, '* Rang: on top', '* Rang: not now');
	await openBell(home);
	await row(home, 1).getByRole('button', { name: /^Mark read/ }).click();
	await bothShow(1, '* Rang: on top', 'Rang: not now');
	await row(home, 1).getByRole('button', { name: /^Later: Rang not now/ }).click();
	await home.getByRole('button', { name: 'Tomorrow morning' }).click();
	await bothShow(1, '* Rang: on top');
	await home.getByText('Until later.').waitFor();
	await home.getByRole('button', { name: 'Undo' }).click();
	await bothShow(1, '* Rang: on top', 'Rang: not now');
	await home.getByText('Until later.').waitFor({ state: 'detached' });
	await home.keyboard.press('Escape');
});

/* One that is to come in a second, and one that is to go some seconds later. */
const lateAndShort = () =>
	site.sql(
		`select pgbell.notify($1, 'rang', '{"title": "late"}', deliver_at => clock_timestamp() + interval '1 s'),
			pgbell.notify($1, 'rang', '{"title": "short"}', expires_at => clock_timestamp() + interval '4 s')`,
		[id],
	);

test('a person picks the time, by keys that mean nothing to the list', async () => {
	await scene.clear();
	await scene.insert('rang', { title: 'not now' });
	await bothShow(1, '* Rang: not now');
	await openBell(home);
	await row(home, 0).getByRole('button', { name: /^Later: Rang not now/ }).click();
	await home.getByRole('button', { name: 'Pick a time' }).click();
	const field = home.getByLabel('Until');
	for (const key of ['ArrowUp', 'Delete', 'End', 'Home']) await field.press(key);
	await bothShow(1, '* Rang: not now');
	await field.fill('');
	await field.press('Enter');
	await field.fill('2001-01-01T08:00');
	await row(home, 0).getByRole('button', { name: 'Later', exact: true }).click();
	assert.equal(await field.evaluate(({ validity }) => validity.rangeUnderflow), true);
	await field.fill('2099-12-31T08:00');
	await field.press('Enter');
	await bothShow(0);
	const [{ at }] = await site.sql('select at from pgbell.due');
	assert.equal(at.getTime(), await home.evaluate(() => new Date(2099, 11, 31, 8).getTime()));
	await home.keyboard.press('Escape');
	await site.sql('delete from pgbell.due');
});

test('what was snoozed and muted is found again below the list, and had back', async () => {
	await scene.clear();
	await site.sql(`select pgbell.mute($1, 'comment'), pgbell.mute($1, null, 'question/7')`, [id]);
	await scene.insert('rang', { title: 'not now' }, { title: 'nor this' }, { title: 'on top' });
	await bothShow(3, '* Rang: on top', '* Rang: nor this', '* Rang: not now');
	await openBell(home);
	for (const title of ['not now', 'nor this']) {
		await home.getByRole('button', { name: `Later: Rang ${title}` }).click();
		await home.getByRole('button', { name: 'Tomorrow morning' }).click();
		await home.getByRole('button', { name: `Later: Rang ${title}` }).waitFor({ state: 'detached' });
	}
	await home.keyboard.press('Escape');
	await bothShow(1, '* Rang: on top');
	const outOf = (page) => page.getByRole('group', { name: 'Later and muted' });
	for (const page of [home, away]) {
		await openBell(page);
		const opener = page.getByRole('button', { name: 'Later and muted' });
		assert.equal(await opener.getAttribute('aria-expanded'), 'false');
		await opener.focus();
		await page.keyboard.press('Enter');
		await outOf(page).getByRole('listitem').nth(3).waitFor();
	}
	const words = await outOf(home).getByRole('listitem').locator('p').allInnerTexts();
	assert.deepEqual(
		words.map((text) => text.split('\n')[0]),
		['Rang not now', 'Rang nor this', 'Comments', 'Everything about question 7'],
	);
	await outOf(home).getByRole('button', { name: 'Bring back: Rang nor this' }).press('Enter');
	await bothShow(2, '* Rang: on top', '* Rang: nor this');
	assert.equal(await focused(home), 'Bring back');
	await outOf(away).getByRole('button', { name: 'Bring back: Rang nor this' }).click();
	await outOf(away).getByRole('listitem').nth(3).waitFor({ state: 'detached' });
	forgive(scene.ada, /404 .*\/snooze\)$/);
	await outOf(away).getByRole('button', { name: 'Bring back: Rang not now' }).click();
	await bothShow(3, '* Rang: on top', '* Rang: nor this', '* Rang: not now');
	await outOf(away).getByRole('button', { name: 'Unmute: Comments' }).click();
	await outOf(away).getByRole('button', { name: 'Unmute: Everything about question 7' }).click();
	await outOf(away).getByText('Nothing is put off or muted.').waitFor();
	assert.deepEqual(await site.sql('select from pgbell.mute'), []);
	await away.keyboard.press('Escape');
	assert.equal(await focused(away), 'Later and muted', 'one layer an Escape');
	await away.keyboard.press('Escape');
	await home.keyboard.press('Escape');
	await home.keyboard.press('Escape');
});

test('of very many that are put off there is a page, and more at a press', async () => {
	await scene.clear();
	await site.sql(
		`insert into pgbell.due (at, task, user_id, notification_id, kind, data, created_at)
		select now() + i * interval '1 day', 'return', $1, nextval(pg_get_serial_sequence('pgbell.notification', 'id')),
			'rang', jsonb_build_object('title', 'no ' || i), now()
		from generate_series(1, 45) i`,
		[id],
	);
	await openBell(home);
	await home.getByRole('button', { name: 'Later and muted' }).click();
	const away = home.getByRole('group', { name: 'Later and muted' });
	const rows = away.getByRole('button', { name: /^Bring back/ });
	const more = away.getByRole('button', { name: 'Show more' });
	await more.press('Enter');
	await rows.nth(39).waitFor();
	assert.equal(await home.evaluate(() => document.querySelector('notification-bell').shadowRoot.activeElement.ariaLabel), 'Bring back: Rang no 21');
	await site.sql(`delete from pgbell.due where data ->> 'title' = 'no 40'`); // that the page ended with
	await more.press('Enter');
	await rows.nth(44).waitFor();
	assert.equal(await more.count(), 0);
	await away.getByRole('button', { name: 'Bring back: Rang no 45' }).press('Enter');
	await rows.nth(43).waitFor({ state: 'detached' });
	assert.equal(await rows.count(), 43, 'as far as it was shown');
	await bothShow(1, '* Rang: no 45');
	await site.sql('delete from pgbell.due');
	await home.keyboard.press('Escape');
	await home.keyboard.press('Escape');
});

const filter = (page, name) => page.getByRole('group', { name: 'Show' }).getByRole('button', { name, exact: true });

/* Opened, with the focus on what it is a list of. */
async function choose(page, name) {
	await openBell(page);
	await filter(page, name).press('Enter');
	const pressed = await filter(page, /./).evaluateAll((all) => all.filter((it) => it.ariaPressed === 'true').map((it) => it.textContent));
	assert.deepEqual(pressed, [name]);
}

async function reopen(page) {
	await page.keyboard.press('Escape');
	await openBell(page);
}

const mark = (page, n, action) => row(page, n).getByRole('button', { name: new RegExp(`^Mark ${action}`) }).click();

test('a person has the unread ones alone; what is read there stays until the list is opened anew', async () => {
	await scene.clear();
	await scene.insert('rang', { title: 'old' }, { title: 'first' }, { title: 'second' });
	await bothShow(3, '* Rang: second', '* Rang: first', '* Rang: old');
	await openBell(home);
	await mark(home, 2, 'read');
	await bothShow(2, '* Rang: second', '* Rang: first', 'Rang: old');
	for (const page of [home, away]) await choose(page, 'Unread');
	await bothShow(2, '* Rang: second', '* Rang: first');
	assert.equal((await home.locator('[aria-live="polite"]').textContent()).trim(), 'Notifications, 2 unread');
	await mark(home, 1, 'read');
	await bothShow(1, '* Rang: second', 'Rang: first');
	await scene.insert('rang', { title: 'third' });
	await bothShow(2, '* Rang: third', '* Rang: second', 'Rang: first');
	await reopen(home);
	await shows(home, ['* Rang: third', '* Rang: second']);
	await choose(away, 'All');
	await shows(away, ['* Rang: third', '* Rang: second', 'Rang: first', 'Rang: old']);
	await mark(away, 3, 'unread');
	await shows(home, ['* Rang: third', '* Rang: second', '* Rang: old']);
	await home.getByRole('button', { name: 'Mark all read' }).click();
	await shows(home, ['Rang: third', 'Rang: second', 'Rang: old']);
	await reopen(home);
	await home.getByText('Nothing is unread.').waitFor();
	await choose(home, 'All');
	await bothShow(0, 'Rang: third', 'Rang: second', 'Rang: first', 'Rang: old');
	for (const page of [home, away]) await page.keyboard.press('Escape');
});

test('the unread ones are the same in both tabs while they poll', async () => {
	await scene.clear();
	await scene.insert('rang', { title: 'read' }, { title: 'first' });
	await bothShow(2, '* Rang: first', '* Rang: read');
	await openBell(home);
	await mark(home, 1, 'read');
	await bothShow(1, '* Rang: first', 'Rang: read');
	await scene.whilePolling(async () => {
		for (const page of [home, away]) await choose(page, 'Unread');
		await bothShow(1, '* Rang: first');
		await scene.insert('rang', { title: 'second' });
		await bothShow(2, '* Rang: second', '* Rang: first');
		await mark(away, 1, 'read');
		await bothShow(1, '* Rang: second', 'Rang: first');
		for (const page of [home, away]) await reopen(page);
		await bothShow(1, '* Rang: second');
	});
	for (const page of [home, away]) await choose(page, 'All');
	await bothShow(1, '* Rang: second', 'Rang: first', 'Rang: read');
	for (const page of [home, away]) await page.keyboard.press('Escape');
});

test('what is put off comes and what expires goes in both tabs, also from an open list', async () => {
	await scene.clear();
	await lateAndShort();
	await bothShow(2, '* Rang: late', '* Rang: short');
	await openBell(home);
	await home.keyboard.press('End');
	await bothShow(1, '* Rang: late');
	assert.equal(await focused(home), 'Unread: Ranglate', 'the focus is where the list goes on');
	await home.keyboard.press('Escape');
});

test('what is put off comes and what expires goes while both poll', async () => {
	await scene.clear();
	await scene.whilePolling(async () => {
		await lateAndShort();
		await bothShow(2, '* Rang: late', '* Rang: short');
		await bothShow(1, '* Rang: late');
	});
	await bothShow(1, '* Rang: late');
});

test('what expires while there is no stream is gone when there is one again', async () => {
	await scene.clear();
	await scene.insert('rang', { title: 'stays' });
	await site.sql(
		`select pgbell.notify($1, 'rang', '{"title": "short"}', expires_at => clock_timestamp() + interval '1 hour')`,
		[id],
	);
	await bothShow(2, '* Rang: short', '* Rang: stays');
	await scene.killStream(home, async () => {
		await site.sql('update pgbell.due set at = now()');
		await site.sql('select pgbell.run_due()');
	});
	await bothShow(1, '* Rang: stays');
	for (const page of [home, away]) await live(page);
});

/* As if the last trim were a day ago; a process that starts is the next to see to it. */
const trimDue = () => site.sql('update pgbell.migration set trimmed_at = null, read_trimmed_at = null');

const readLongAgo = (...titles) =>
	site.sql(`update pgbell.notification set read_at = now() - interval '31 days' where data ->> 'title' = any ($1)`, [titles]);

test('what was read long ago is kept no more: a tab that shows it still drops it when something is to be done to it', async () => {
	await scene.clear();
	await scene.insert('rang', { title: 'unread' }, { title: 'long ago' }, { title: 'and this' }, { title: 'just read' });
	await openBell(home);
	await mark(home, 0, 'read');
	await readLongAgo('long ago', 'and this');
	await bothShow(1, 'Rang: just read', 'Rang: and this', 'Rang: long ago', '* Rang: unread');
	await trimDue();
	await scene.whilePolling(async () => {
		await waitFor('the trim', async () => (await site.sql('select from pgbell.notification')).length === 2);
		await home.reload();
		await shows(home, ['Rang: just read', '* Rang: unread']);
		await openBell(away);
		await row(away, 1).getByRole('button', { name: /^Delete/ }).click();
		await shows(away, ['Rang: just read', 'Rang: long ago', '* Rang: unread']);
		await mark(away, 1, 'unread');
		await away.locator('#panel [role="alert"]', { hasText: /./ }).waitFor();
		await bothShow(1, 'Rang: just read', '* Rang: unread');
		await away.keyboard.press('Escape');
	});
	await bothShow(1, 'Rang: just read', '* Rang: unread');
	for (const what of [/404 .*notifications\/\d+\)$/, /404 .*\/read\)$/]) forgive(scene.ada, what);
});

/* deploy/examples/mail, its page as a web server has it by CGI. */
async function startMail() {
	const example = join(root, 'deploy/examples/mail');
	await site.superuser('create role mailer login');
	await run('psql', ['-XqA', '-v', 'ON_ERROR_STOP=1', '-v', 'role=mailer', '-1', '-f', join(example, 'mail.sql')], { env: { ...process.env, ...site.env } });
	const server = http.createServer(async ({ method, url }, response) => {
		const env = { ...process.env, ...site.env, PGUSER: 'mailer', REQUEST_METHOD: method, QUERY_STRING: url.split('?')[1] };
		const { stdout } = await run(join(example, 'unsubscribe.cgi'), { env });
		const [head, body] = stdout.split('\r\n\r\n');
		response.writeHead(Number(/^Status: (\d+)/.exec(head)[1]), { 'content-type': 'text/html; charset=utf-8' }).end(body);
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	return server;
}

test('a link in a mail mutes a kind, which the bell shows in both tabs and takes back', async () => {
	await scene.clear();
	const mail = await startMail();
	const [{ token }] = await site.sql(`insert into mail.address (user_id, email) values ($1, 'ada@example.org') returning token::text`, [id]);
	const page = await scene.ada.context.newPage();
	await page.goto(`http://127.0.0.1:${mail.address().port}/mail/unsubscribe?token=${token}&kind=comment`);
	await page.getByRole('button', { name: 'No more of “comment”' }).click();
	await page.getByText('where you can take that back').waitFor();
	await page.close();
	mail.close();
	const comment = () => scene.insert('comment', { actor: 'kim', title: 'So it is' });
	await comment();
	await scene.insert('rang', { title: 'heard' });
	await bothShow(1, '* Rang: heard');
	await scene.whilePolling(async () => {
		for (const tab of [home, away]) {
			await openBell(tab);
			await tab.getByRole('button', { name: 'Later and muted' }).press('Enter');
			await tab.getByRole('button', { name: 'Unmute: Comments' }).waitFor();
		}
		await away.getByRole('button', { name: 'Unmute: Comments' }).press('Enter');
		await away.getByText('Nothing is put off or muted.').waitFor();
		await comment();
		await bothShow(2, '* kim commented on: So it is', '* Rang: heard');
	});
	for (const tab of [home, away, home, away]) await tab.keyboard.press('Escape');
});

test('what is snoozed in one tab, undone and muted there, the other shows while both poll', async () => {
	await scene.clear();
	await scene.insert('rang', { title: 'not now' }, { title: 'on top' });
	await bothShow(2, '* Rang: on top', '* Rang: not now');
	await scene.whilePolling(async () => {
		await openBell(home);
		await row(home, 1).getByRole('button', { name: /^Later: Rang not now/ }).click();
		await home.getByRole('button', { name: 'Tomorrow morning' }).click();
		await bothShow(1, '* Rang: on top');
		await home.getByRole('button', { name: 'Undo' }).click();
		await bothShow(2, '* Rang: on top', '* Rang: not now');
		await row(home, 0).getByRole('button', { name: /^Mute: Rang/ }).click();
		await home.getByRole('button', { name: 'No more of this kind' }).click();
		await home.getByText('Muted.').waitFor();
		await scene.insert('rang', { title: 'not to be heard' });
		await scene.insert('rung', { title: 'heard' });
		await bothShow(3, '* Rung: heard', '* Rang: on top', '* Rang: not now');
		await site.sql('delete from pgbell.mute');
		await home.keyboard.press('Escape');
		await home.keyboard.press('Escape');
	});
});

test('the pages had nothing to complain of', () => {
	assert.deepEqual(scene.complaints(), []);
});
