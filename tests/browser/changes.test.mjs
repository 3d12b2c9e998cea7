/*
 * Rows that change after they have rung, that come late, and that are marked all at once: what open tabs
 * show is what the list would say.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { focused, live, openBell, panel, row, shows, submit, unread } from './bell.mjs';
import { Scene, forgive } from './scene.mjs';

const TIMING = { first_ms: 50, cap_ms: 200, poll_ms: 500 };

let scene, site, ada, home, away, id;

before(async () => {
	scene = await Scene.open({ timing: TIMING });
	await scene.signUp();
	({ site, ada, home, away } = scene);
	[{ id }] = await site.sql('select id::text from qa.account where username = $1', [ada.username]);
	await site.sql('create unique index one_each on pgbell.notification (user_id, kind, subject)');
	for (const page of [home, away]) await panel(page);
});

after(() => scene?.close());

/* As applications collapse many into one: insert it, or change the one that is there. */
const collapse = (title) =>
	site.sql(
		`insert into pgbell.notification (user_id, kind, subject, data)
		values ($1, 'likes', 'photo/7', jsonb_build_object('title', $2::text))
		on conflict (user_id, kind, subject) do update set data = excluded.data, read_at = null`,
		[id, title],
	);

const bothShow = (...what) => scene.bothShow(...what);

const markAll = async (page) => {
	await openBell(page);
	await submit(page, page.getByRole('button', { name: 'Mark all read' }));
	await page.keyboard.press('Escape');
};

test('a row that is changed is told in every tab, and lit again', async () => {
	await scene.clear();
	await collapse('One likes it');
	await scene.insert('rang', { title: 'on top' });
	await bothShow(2, '* Rang: on top', '* Likes: One likes it');
	await markAll(home);
	await bothShow(0, 'Rang: on top', 'Likes: One likes it');
	await openBell(away);
	await away.keyboard.press('End');
	await collapse('Two like it');
	await bothShow(1, 'Rang: on top', '* Likes: Two like it');
	const spoken = await away.locator('[aria-live="polite"]').textContent();
	assert.equal(spoken, 'Likes Two like it');
	assert.equal(await focused(away), 'Unread: LikesTwo like it', 'the focus stays where it was');
	await row(away, 1).getByRole('button', { name: 'Mark read: Likes Two like it' }).click();
	await bothShow(0, 'Rang: on top', 'Likes: Two like it');
	await away.keyboard.press('Escape');
});

test('a row that is changed is told while the page polls', async () => {
	await scene.clear();
	await collapse('One likes it');
	await bothShow(1, '* Likes: One likes it');
	await scene.whilePolling(async () => {
		await collapse('Two like it');
		await bothShow(1, '* Likes: Two like it');
	});
});

/* Others answer a question, in this order, as the example application has it done. */
async function answerBy(question, ...people) {
	for (const person of people) {
		await site.sql(
			`insert into qa.account (username, password_hash) values ($1, '') on conflict do nothing`,
			[person],
		);
		await site.sql(
			`insert into qa.answer (question_id, author_id, body)
			select $1, id, 'So it is.' from qa.account where username = $2`,
			[question, person],
		);
	}
}

test('many answers are one notification that names who gave them, in every tab and by polling', async () => {
	await scene.clear();
	const [{ question }] = await site.sql(
		`insert into qa.question (author_id, title, body) values ($1, 'Why?', 'Tell.') returning id as question`,
		[id],
	);
	await answerBy(question, 'kim');
	await scene.insert('rang', { title: 'on top' });
	await bothShow(2, '* Rang: on top', '* kim answered your question: Why?');
	await answerBy(question, 'lea');
	await bothShow(2, '* lea and kim answered your question: Why?', '* Rang: on top');
	await scene.whilePolling(async () => {
		await answerBy(question, 'max', 'lea', 'tomas', 'ines');
		await bothShow(2, '* ines, tomas and 3 others answered your question: Why?', '* Rang: on top');
	});
	await answerBy(question, ...[...'abcdef'].map((letter) => `other-${letter}`));
	await bothShow(2, '* other-f, other-e and 8 or more others answered your question: Why?', '* Rang: on top');
	await openBell(home);
	await row(home, 0).getByRole('button', { name: /^Mark read/ }).click();
	await home.keyboard.press('Escape');
	await bothShow(1, 'other-f, other-e and 8 or more others answered your question: Why?', '* Rang: on top');
	await answerBy(question, 'kim');
	await bothShow(2, '* kim answered your question: Why?', 'other-f, other-e and 8 or more others answered your question: Why?', '* Rang: on top');
});

test('a person mutes a question from the bell, hears no more of it, and takes it back', async () => {
	await scene.clear();
	const [{ question }] = await site.sql(
		`insert into qa.question (author_id, title, body) values ($1, 'Why?', 'Tell.') returning id as question`,
		[id],
	);
	await answerBy(question, 'kim');
	await bothShow(1, '* kim answered your question: Why?');
	await openBell(home);
	await row(home, 0).getByRole('button', { name: /^Mute: kim answered/ }).click();
	await home.getByRole('button', { name: 'Mute this' }).click();
	await home.getByText('Muted.').waitFor();
	await answerBy(question, 'lea');
	await scene.insert('rang', { title: 'on top' });
	await bothShow(2, '* Rang: on top', '* kim answered your question: Why?');
	await home.getByRole('button', { name: 'Undo' }).click();
	await home.getByText('Muted.').waitFor({ state: 'detached' });
	await answerBy(question, 'lea');
	await bothShow(2, '* lea and kim answered your question: Why?', '* Rang: on top');
	await row(home, 1).getByRole('button', { name: /^Mute: Rang/ }).click();
	assert.equal(await home.getByRole('button', { name: 'Mute this' }).count(), 0, 'what it is about nobody has said');
	await home.getByRole('button', { name: 'No more of this kind' }).click();
	await home.getByText('Muted.').waitFor();
	await home.keyboard.press('Escape');
	await home.getByText('Muted.').waitFor({ state: 'detached' });
	await scene.insert('rang', { title: 'not to be heard' });
	await scene.insert('rung', { title: 'heard' });
	await bothShow(3, '* Rung: heard', '* lea and kim answered your question: Why?', '* Rang: on top');
	await site.sql('delete from pgbell.mute');
	await home.keyboard.press('Escape');
});

test('what is announced to everybody is in both tabs, and by polling; withdrawn it is gone', async () => {
	await scene.clear();
	await scene.insert('rang', { title: 'own' });
	await bothShow(1, '* Rang: own');
	const announce = async (title) => (await site.sql(`select pgbell.announce('news', jsonb_build_object('title', $1::text))::integer as id`, [title]))[0].id;
	const friday = await announce('closed on Friday');
	await bothShow(2, '* News: closed on Friday', '* Rang: own');
	await openBell(home);
	await row(home, 0).getByRole('button', { name: /^Mark read/ }).click();
	await home.keyboard.press('Escape');
	await bothShow(1, 'News: closed on Friday', '* Rang: own');
	await unread(scene.theirs, 1); // of another person it is unread
	let monday;
	await scene.whilePolling(async () => {
		monday = await announce('open on Monday');
		await bothShow(2, '* News: open on Monday', 'News: closed on Friday', '* Rang: own');
	});
	await openBell(away);
	await row(away, 0).getByRole('button', { name: /^Delete/ }).click();
	await away.keyboard.press('Escape');
	await bothShow(1, 'News: closed on Friday', '* Rang: own');
	await site.sql('select pgbell.withdraw($1), pgbell.withdraw($2)', [friday, monday]);
	await bothShow(1, '* Rang: own');
	await live(scene.theirs);
	await unread(scene.theirs, 0);
});

/* A bell reads its attributes when it enters the page. */
async function badgeCounts(page, what) {
	await page.evaluate(async (what) => {
		const bell = document.querySelector('notification-bell');
		const [parent, next] = [bell.parentNode, bell.nextSibling];
		bell.setAttribute('badge', what);
		bell.remove();
		await new Promise((resolve) => setTimeout(resolve)); // behind the bell's own, with which it ends
		parent.insertBefore(bell, next);
	}, what);
	await panel(page);
}

/* What the page shows is from no earlier than that event, and nothing is new. */
function hasSeen(seq) {
	const { countSeq, unseenCount } = document.querySelector('notification-bell').store.getSnapshot();
	return countSeq >= seq && unseenCount === 0;
}

test('a badge of what is not seen falls in every tab when the list is opened, and all stays unread', async () => {
	await scene.clear();
	for (const page of [home, away]) await badgeCounts(page, 'unseen');
	await scene.insert('rang', { title: 'first' });
	await bothShow(1, '* Rang: first');
	await openBell(home);
	await bothShow(0, '* Rang: first');
	await home.keyboard.press('Escape');
	await scene.insert('rang', { title: 'second' }, { title: 'third' });
	await bothShow(2, '* Rang: third', '* Rang: second', '* Rang: first');
	await home.getByRole('button', { name: 'Notifications, 2 new', exact: true }).waitFor();
	await openBell(away);
	await bothShow(0, '* Rang: third', '* Rang: second', '* Rang: first');
	const seen = away.waitForResponse((it) => it.url().endsWith('/seen'));
	await scene.insert('rang', { title: 'fourth' });
	await seen; // it came while the list was open
	const [{ seq }] = await site.sql('select seq::integer from pgbell.inbox where address = $1', [id]);
	for (const page of [home, away]) {
		await page.waitForFunction(hasSeen, seq, { polling: 50 });
		await unread(page, 0);
	}
	await scene.remove('fourth');
	await away.keyboard.press('Escape');
	for (const page of [home, away]) await badgeCounts(page, 'unread');
	await bothShow(3, '* Rang: third', '* Rang: second', '* Rang: first');
});

test('a badge of what is not seen falls in both tabs while they poll, and in one that is opened later', async () => {
	await scene.clear();
	for (const page of [home, away]) await badgeCounts(page, 'unseen');
	await scene.whilePolling(async () => {
		await scene.insert('rang', { title: 'first' }, { title: 'second' });
		await bothShow(2, '* Rang: second', '* Rang: first');
		await openBell(away);
		await bothShow(0, '* Rang: second', '* Rang: first');
		await away.keyboard.press('Escape');
		await scene.insert('rang', { title: 'third' });
		await bothShow(1, '* Rang: third', '* Rang: second', '* Rang: first');
	});
	const late = await ada.open();
	await live(late);
	await badgeCounts(late, 'unseen');
	await unread(late, 1);
	await openBell(late);
	for (const page of [home, away, late]) await unread(page, 0);
	await late.close();
	for (const page of [home, away]) await badgeCounts(page, 'unread');
	await bothShow(3, '* Rang: third', '* Rang: second', '* Rang: first');
});

test('what was committed late is not marked with what was shown', async () => {
	await scene.clear();
	const slow = await site.connect();
	await slow.query('begin');
	await slow.query(`select pgbell.notify($1, 'late', '{"title": "begun early"}')`, [id]);
	await scene.insert('rang', { title: 'shown' });
	await bothShow(1, '* Rang: shown');
	const held = new Promise((resolve) =>
		home.route('**/notifications/read-all', resolve, { times: 1 }),
	);
	await openBell(home);
	await home.getByRole('button', { name: 'Mark all read' }).click();
	const route = await held;
	await slow.query('commit'); // it has the smaller id, and the later number
	await slow.end();
	await shows(away, ['* Rang: shown', '* Late: begun early']);
	await shows(home, ['Rang: shown', '* Late: begun early']);
	await route.continue();
	await bothShow(1, 'Rang: shown', '* Late: begun early');
	await home.keyboard.press('Escape');
});

test('thousands are marked at once, but for what nobody had seen', async () => {
	await scene.clear();
	await site.sql(
		`insert into pgbell.notification (user_id, kind) select $1, 'many' from generate_series(1, 1500)`,
		[id],
	);
	for (const page of [home, away]) await unread(page, 1500);
	const held = new Promise((resolve) =>
		home.route('**/notifications/read-all', resolve, { times: 1 }),
	);
	await openBell(home);
	await home.getByRole('button', { name: 'Mark all read' }).click();
	const route = await held;
	await scene.insert('rang', { title: 'just now' });
	for (const page of [home, away]) await unread(page, 1501);
	await route.continue();
	for (const page of [home, away]) {
		await unread(page, 1);
		const lit = page.locator('notification-bell .row.unread');
		await lit.nth(1).waitFor({ state: 'detached' });
		assert.deepEqual(await lit.locator('.title').allTextContents(), ['just now']);
	}
	await home.keyboard.press('Escape');
});

test('a list that the log does not reach back to is read again, and marked', async () => {
	await scene.clear();
	await scene.insert('rang', { title: 'one' });
	await bothShow(1, '* Rang: one');
	const pid = await site.pid('pgbell-stream');
	process.kill(pid, 'SIGSTOP');
	try {
		await scene.insert('rang', { title: 'two' }, { title: 'three' });
		await site.sql('delete from pgbell.event');
		await openBell(home);
		const marked = home.waitForResponse(
			(it) => it.url().endsWith('/read-all') && it.status() === 200,
		);
		await home.getByRole('button', { name: 'Mark all read' }).click();
		await marked;
		await shows(home, ['Rang: three', 'Rang: two', 'Rang: one']);
		assert.equal(await home.locator('#panel [role="alert"]').textContent(), '');
		forgive(ada, /409 .*\/read-all\)$/);
	} finally {
		process.kill(pid, 'SIGCONT');
	}
	await bothShow(0, 'Rang: three', 'Rang: two', 'Rang: one');
	await home.keyboard.press('Escape');
});

test('history that is taken over rings nobody', async () => {
	await scene.clear();
	await scene.insert('rang', { title: 'heard' });
	await bothShow(1, '* Rang: heard');
	await site.sql(
		`select pgbell.import_notification($1, 'past', '{"title": "of old"}', null,
			now() - interval '1 year', now() - interval '1 year')`,
		[id],
	);
	await bothShow(1, 'Past: of old', '* Rang: heard');
	assert.equal(await home.locator('[aria-live="polite"]').textContent(), 'Rang heard');
});

test('the pages had nothing else to complain of', () => {
	assert.deepEqual(scene.complaints(), []);
});
