/*
 * Bad days, in Chromium: the stream dies, is refused, has forgotten; the session ends.  The page
 * comes back by itself, and what it shows is what the database says.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bell, live, shows, unread } from './bell.mjs';
import { Scene, forgive } from './scene.mjs';

let scene, site, bo, home, away, theirs;

before(async () => {
	scene = await Scene.open();
	await scene.signUp();
	({ site, bo, home, away, theirs } = scene);
});

after(() => scene?.close());

test('when the stream process is killed the page comes back and has missed nothing', async () => {
	await scene.clear();
	await scene.killStream(home, () =>
		scene.insert('missed', { title: 'while away' }, { title: 'and another' }),
	);
	await live(home);
	await scene.insert('after', { title: 'back again' });
	for (const page of [home, away]) {
		await unread(page, 3);
		await shows(page, [
			'* After: back again',
			'* Missed: and another',
			'* Missed: while away',
		]);
	}
});

test('a stream that is refused is asked for again, from where it stopped', async () => {
	await scene.clear();
	const asked = [];
	await scene.ada.context.route('**/api/notifications/stream*', (route) =>
		asked.push(route.request().url()) <= 2
			? route.fulfill({ status: 503 })
			: route.continue(),
	);
	await scene.killStream(away, () =>
		scene.insert('missed', { title: 'behind a closed door' }),
	);
	await live(away);
	await shows(away, ['* Missed: behind a closed door']);
	await unread(away, 1);
	assert.match(asked[2], /\?last_event_id=[0-9]+$/);
	await scene.ada.context.unroute('**/api/notifications/stream*');
});

test('when the log was trimmed meanwhile the page reads its list again', async () => {
	await scene.clear();
	await scene.killStream(home, async () => {
		await scene.insert('trimmed', { title: 'not in the log any more' });
		await site.sql('delete from pgbell.event');
	});
	for (const page of [home, away]) {
		await unread(page, 1);
		await shows(page, ['* Trimmed: not in the log any more']);
		await live(page);
	}
});

test('a session that is about to end can be prolonged', async () => {
	const minutesLeft = `select extract(epoch from expires_at - now()) / 60 as left
		from pgbell.session where user_id = (select id::text from qa.account where username = $1)`;
	await site.sql(
		`update pgbell.session set expires_at = now() + interval '4 minutes'
		where user_id = (select id::text from qa.account where username = $1)`,
		[scene.ada.username],
	);
	await away.getByRole('button', { name: 'Stay signed in' }).waitFor();
	await home.getByRole('button', { name: 'Stay signed in' }).click();
	for (const page of [home, away])
		await page.getByText('Your session is about to end.').waitFor({ state: 'detached' });
	const [{ left }] = await site.sql(minutesLeft, [scene.ada.username]);
	assert.ok(left > 5, `${left} minutes left`);
	await live(home);
});

test('signing out in one tab signs out the other', async () => {
	await away.getByRole('button', { name: 'Sign out' }).click();
	await away.getByRole('link', { name: 'Sign in' }).first().waitFor();
	await home.getByText('You have signed out.').waitFor();
	assert.equal(await bell(home).count(), 0);
	assert.doesNotMatch(await home.title(), /^\(/);
});

test('while somebody guesses at a password its owner gets in with her own browser', async () => {
	const { username, password } = scene.ada;
	const signIn = async (page) => {
		await scene.goto(page, '#/sign-in');
		await page.getByLabel('Username').fill(username);
		await page.getByLabel('Password').fill(password);
		await page.locator('main').getByRole('button', { name: 'Sign in' }).click();
	};
	const guess = () => site.api('POST', '/api/session', { body: { username, password: 'a guess' } });
	while ((await guess()).status !== 429);
	await site.sql('update qa.attempt set failures = 14');
	const stranger = await scene.person('elsewhere');
	const page = await stranger.open();
	await signIn(page);
	await page.getByText(/Too many tries\. Try again in \d+ seconds\./).waitFor();
	await stranger.close();
	await signIn(home);
	await live(home);
});

test('what was typed outlives a session that ended', async () => {
	await scene.ask(theirs, 'What to do with a cold oven?', 'It stays at 80 degrees.');
	const draft = theirs.getByRole('textbox', { name: 'Your answer' });
	await draft.fill('a long and careful answer');
	await site.sql(
		`delete from pgbell.session
		where user_id = (select id::text from qa.account where username = $1)`,
		[bo.username],
	);
	await theirs.getByText('Sign in to go on.').waitFor(); // told by the stream
	assert.equal(await bell(theirs).count(), 0);

	await theirs.locator('header').getByRole('link', { name: 'Sign in' }).click();
	await theirs.getByLabel('Username').fill(bo.username);
	await theirs.getByLabel('Password').fill(bo.password);
	await theirs.locator('main').getByRole('button', { name: 'Sign in' }).click();
	await draft.waitFor();
	assert.equal(await draft.inputValue(), 'a long and careful answer');
	await live(theirs);
});

test('the pages had nothing else to complain of', () => {
	assert.deepEqual(scene.complaints(), []);
});
