/*
 * The whole path: what one person does, the page of another shows.
 *
 * The tests follow one another.  Nothing here waits for a time to pass: each step waits for what
 * the page shows.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bell, list, live, openBell, row, shows, submit, unread } from './bell.mjs';
import { Scene, forgive, unexpected } from './scene.mjs';
import { waitFor } from '../lib/wait.mjs';

const MARKUP = '<img src=x onerror=window.__pwned=1>';
const SCRIPT = `<script>window.__pwned=1</script>${MARKUP}<a href="javascript:window.__pwned=1">x</a>`;

/* What markup would have become; the page itself has no such elements there. */
const FOREIGN = 'main :is(img, script), .account :is(img, script), a[href^="javascript"]';

let scene, site, ada, bo;
let home, away; /* Ada's two tabs */
let theirs; /* Bo's tab */
let question; /* the address of Ada's question */

before(async () => {
	scene = await Scene.open();
	({ ada, bo, site } = scene);
});

after(() => scene?.close());

/* The person sees `count` within the limit; how soon is told, and decides nothing. */
async function rings(t, { by, page, count }) {
	const [seen, answered] = await Promise.all([unread(page, count), by()]);
	t.diagnostic(`the badge changed ${seen - answered} ms after the answer to the writer`);
}

test('the page of a guest complains of nothing', async () => {
	const page = await ada.open();
	await page.getByRole('link', { name: 'Sign up' }).first().waitFor();
	await page.waitForLoadState('networkidle');
	await page.close();
	assert.deepEqual(ada.complaints, []);
});

test('what is typed while the page is still opening stays there', async () => {
	const page = await ada.context.newPage();
	await page.addInitScript(() => localStorage.setItem('pgbell-signed-in', 'yes'));
	let answer;
	const isAsked = new Promise((resolve) => {
		page.route('**/api/session', (route) => resolve((answer = route)));
	});
	await page.goto(site.url);
	await isAsked;
	await page.evaluate(() => (location.hash = '#/sign-in'));
	await page.getByText('Loading').waitFor();
	await answer.continue();
	await page.getByLabel('Username').fill('ada');
	await page.getByRole('link', { name: 'Sign up' }).first().waitFor();
	assert.equal(await page.getByLabel('Username').inputValue(), 'ada');
	await page.close();
});

test('what the server says about a field is shown at the field', async () => {
	const page = await ada.open('#/sign-up');
	await page.getByLabel('Username').fill(ada.username);
	await page.getByLabel('Password').fill('short');
	await page.locator('main').getByRole('button', { name: 'Sign up' }).click();
	const password = page.getByLabel('Password');
	await page.locator('input[aria-invalid="true"]').waitFor();
	assert.equal(await password.getAttribute('aria-invalid'), 'true');
	assert.ok(await password.evaluate((input) => input === document.activeElement));
	const described = await password.getAttribute('aria-describedby');
	assert.match(await page.locator(`[id="${described}"]`).textContent(), /8/);
	await page.close();
	forgive(ada, /422 .*\/api\/users\)$/);
});

test('two people sign up, and a wrong password is told', async () => {
	await scene.signUp();
	({ home, away, theirs } = scene);
	await theirs.getByRole('button', { name: 'Sign out' }).click();
	await theirs.getByText('You have signed out.').waitFor();

	await scene.goto(theirs, '#/sign-in');
	await theirs.getByLabel('Username').fill(bo.username);
	await theirs.getByLabel('Password').fill('not it at all');
	await theirs.locator('main').getByRole('button', { name: 'Sign in' }).click();
	await theirs.locator('main [role=alert]', { hasText: /\w/ }).waitFor();
	await theirs.getByLabel('Password').fill(bo.password);
	await theirs.locator('main').getByRole('button', { name: 'Sign in' }).click();
	await live(theirs);
	forgive(bo, /401 .*\/api\/session\)$/);
});

test('the token of the session is nowhere that a script can read', async () => {
	const cookie = (await ada.context.cookies()).find(({ name }) => name === 'pgbell_session');
	assert.equal(cookie.httpOnly, true);
	const readable = await home.evaluate(() =>
		JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]),
	);
	assert.ok(!readable.includes(cookie.value));
});

test('an answer rings for the asker and shows on the page that is open', async (t) => {
	question = await scene.ask(home, 'How long does dough keep?', 'In the fridge, covered.');
	await scene.goto(theirs, question);
	await rings(t, {
		page: home,
		count: 1,
		by: () => scene.answer(theirs, 'Three days, then bake it.'),
	});
	await shows(home, [`* ${bo.username} answered your question: How long does dough keep?`]);
	await home.locator('.answer', { hasText: 'Three days, then bake it.' }).waitFor();
	assert.match(await home.title(), /^\(1\) How long does dough keep\?/);
	await unread(theirs, 0);
});

test('a refresh of the page leaves alone what is being typed', async (t) => {
	await home.getByRole('textbox', { name: 'Your answer' }).fill('half a thought');
	await rings(t, {
		page: home,
		count: 2,
		by: () =>
			scene.comment(
				theirs,
				theirs.locator('.question > .discussion'),
				'Which flour?',
			),
	});
	await home.locator('.comment', { hasText: 'Which flour?' }).waitFor();
	assert.equal(
		await home.getByRole('textbox', { name: 'Your answer' }).inputValue(),
		'half a thought',
	);
	assert.ok(
		await home
			.getByRole('textbox', { name: 'Your answer' })
			.evaluate((area) => area === document.activeElement),
	);
	await shows(home, [
		`* ${bo.username} commented on: How long does dough keep?`,
		`* ${bo.username} answered your question: How long does dough keep?`,
	]);
	await home.getByRole('textbox', { name: 'Your answer' }).fill('');
});

test('an acceptance and a comment ring for the author of the answer', async (t) => {
	const accept = home.getByRole('button', { name: 'Accept this answer' });
	await rings(t, { page: theirs, count: 1, by: () => submit(home, accept) });
	await home.getByText('Accepted answer').waitFor();
	await theirs.getByText('Accepted answer').waitFor();
	await rings(t, {
		page: theirs,
		count: 2,
		by: () => scene.comment(home, home.locator('.answer'), 'It kept for four.'),
	});
	await shows(theirs, [
		`* ${ada.username} commented on: How long does dough keep?`,
		`* ${ada.username} accepted your answer to: How long does dough keep?`,
	]);
});

test('whoever looks on, signed in or not, sees answers and comments come', async () => {
	const onlooker = await scene.person('nobody');
	const page = await onlooker.open(question);
	await page.getByText('Accepted answer').waitFor();
	await scene.answer(theirs, 'Or freeze half of it.');
	const fresh = page.locator('.answer', { hasText: 'Or freeze half of it.' });
	await fresh.waitFor();
	assert.equal(await page.getByRole('heading', { level: 2 }).textContent(), '2 answers');
	const second = theirs.locator('.answer', { hasText: 'Or freeze half of it.' });
	await scene.comment(theirs, second, 'In slices.');
	await fresh.getByText('In slices.').waitFor();
	await second.getByRole('button', { name: 'Delete' }).first().click();
	await second.getByRole('button', { name: 'Delete this answer?' }).click();
	await fresh.waitFor({ state: 'detached' });
	await unread(home, 2);
	await onlooker.close();
	assert.deepEqual(onlooker.complaints.filter(unexpected), []);
});

test('an insert from outside rings as well', async () => {
	await scene.insert('backup_done', { title: 'Nightly backup' });
	await unread(home, 3);
	assert.equal((await list(home))[0], '* Backup done: Nightly backup');
});

test('two tabs agree after mark read, mark unread, mark all and delete', async () => {
	const both = async (count, expected) => {
		for (const page of [home, away]) {
			await unread(page, count);
			await shows(page, expected);
		}
	};
	const [third, second, first] = (await list(home)).map((text) => text.slice(2));
	await both(3, [`* ${third}`, `* ${second}`, `* ${first}`]);

	await openBell(home);
	await row(home, 1)
		.getByRole('button', { name: /^Mark read/ })
		.click();
	await both(2, [`* ${third}`, second, `* ${first}`]);
	await row(home, 1)
		.getByRole('button', { name: /^Mark unread/ })
		.click();
	await both(3, [`* ${third}`, `* ${second}`, `* ${first}`]);

	await openBell(away);
	await away.getByRole('button', { name: 'Mark all read' }).click();
	await both(0, [third, second, first]);
	await row(away, 0)
		.getByRole('button', { name: /^Delete/ })
		.click();
	await both(0, [second, first]);
	await home.keyboard.press('Escape');
	await away.keyboard.press('Escape');
});

test('a notification leads to what it is about and is read then', async () => {
	await scene.insert('answer', {
		title: 'Again',
		question_id: Number(question.split('/')[2]),
	});
	await unread(away, 1);
	await scene.goto(away, '#/');
	await openBell(away);
	await row(away, 0).getByRole('link').click();
	await away.getByRole('heading', { name: 'How long does dough keep?' }).waitFor();
	assert.equal(new URL(away.url()).hash, question);
	await unread(home, 0);
	await unread(away, 0);
});

test('a post that is deleted takes its notifications along', async () => {
	await scene.answer(theirs, 'On second thought, two days.');
	await unread(home, 1);
	const second = theirs.locator('.answer', { hasText: 'On second thought' });
	await second.getByRole('button', { name: 'Delete' }).click();
	await second.getByRole('button', { name: 'Delete this answer?' }).click();
	await second.waitFor({ state: 'detached' });
	await unread(home, 0);
	await unread(away, 0);
});

test('markup in any text is shown as text and runs nothing', async () => {
	const mallory = await scene.person(MARKUP);
	const page = await mallory.signUp(mallory.username, mallory.password);
	const trap = await scene.ask(page, `Title ${SCRIPT}`, `Body ${SCRIPT}`);
	await scene.goto(theirs, trap);
	await scene.answer(theirs, `Answer ${SCRIPT}`);
	await unread(page, 1);
	await scene.comment(page, page.locator('.question > .discussion'), `Comment ${SCRIPT}`);

	await scene.goto(page, question);
	await scene.answer(page, `Answer ${SCRIPT}`);
	await unread(home, 1);
	await scene.insert(`kind ${MARKUP}`, {
		title: SCRIPT,
		excerpt: SCRIPT,
		actor: { username: MARKUP },
		url: 'javascript:window.__pwned=1',
		question_id: 'javascript:window.__pwned=1',
	});
	await unread(home, 2);

	await theirs.getByText(`Comment ${SCRIPT}`).waitFor();
	await scene.goto(home, '#/');
	await home.getByText(`Title ${SCRIPT}`).waitFor();
	await openBell(home);
	await row(home, 0).getByText(SCRIPT).first().waitFor();
	await row(home, 0).getByRole('button', { name: /kind/ }).last().click();
	for (const tab of [page, theirs, home, away]) {
		assert.equal(await tab.evaluate(() => window.__pwned), undefined);
		assert.equal(await tab.locator(FOREIGN).count(), 0);
	}
	await home.keyboard.press('Escape');
	assert.deepEqual(mallory.complaints.filter(unexpected), []);
	await mallory.close();
});

test('the bell can be worked with the keyboard alone', async () => {
	await scene.clear();
	await scene.insert('one', { title: 'One' });
	await scene.insert('two', { title: 'Two' });
	await scene.insert('three', { title: 'Three' });
	await scene.goto(home, '#/');
	await unread(home, 3);
	const { keyboard } = home;
	const focused = () =>
		home.evaluate(() => {
			const { activeElement: outside } = document;
			const at = outside.shadowRoot?.activeElement ?? outside;
			return at.getAttribute('aria-label') ?? at.textContent;
		});

	/* A key is pressed before the page has done what it asks for, in some browsers. */
	const focuses = async (name, why) => {
		const is = (at) => (name instanceof RegExp ? name.test(at) : name === at);
		await waitFor(why ?? `the focus at ${name}`, async () => is(await focused()));
	};

	await home.bringToFront();
	await home.evaluate(() => document.activeElement.blur());
	for (let tabs = 0; !/^Notifications/.test(await focused()); tabs++) {
		assert.ok(tabs < 20, 'Tab reaches the bell');
		const before = await focused();
		await keyboard.press('Tab');
		await waitFor('the focus elsewhere', async () => (await focused()) !== before);
	}
	await keyboard.press('Enter');
	await focuses('Unread: ThreeThree');
	await keyboard.press('ArrowDown');
	await focuses('Unread: TwoTwo');
	await keyboard.press('Shift+Tab');
	await focuses('Mark read: Two Two');
	await keyboard.press('Enter');
	await unread(home, 2);
	await shows(home, ['* Three: Three', 'Two: Two', '* One: One']);
	await keyboard.press('End');
	await focuses('Unread: OneOne');
	await keyboard.press('Delete');
	await unread(home, 1);
	await shows(home, ['* Three: Three', 'Two: Two']);
	await focuses('TwoTwo', 'the focus stays in the list');
	await keyboard.press('Home');
	await keyboard.press('Delete');
	await shows(home, ['Two: Two']);
	const answered = home.waitForResponse((it) => it.request().method() === 'DELETE');
	await keyboard.press('Delete');
	await shows(home, []);
	await focuses('Notifications', 'the heading of the empty list');
	await answered; // the next test deletes it too
	await keyboard.press('Escape');
	await focuses(/^Notifications/);
	assert.equal(await bell(home).getAttribute('aria-expanded'), 'false');
	await unread(away, 0);
});

test('a long list comes in pages, without a gap and without a double', async () => {
	await scene.clear();
	const titles = Array.from({ length: 47 }, (_, i) => `number ${i + 1}`);
	await scene.insert('line', ...titles.map((title) => ({ title })));
	await unread(away, 47);
	await home.reload();
	await unread(home, 47);
	assert.equal((await list(home)).length, 20);
	await openBell(home);
	for (const length of [40, 47]) {
		await home.getByRole('button', { name: 'Show older' }).click();
		await row(home, length - 1).waitFor();
	}
	await shows(
		home,
		titles.reverse().map((title) => `* Line: ${title}`),
	);
	assert.equal(await home.getByRole('button', { name: 'Show older' }).isVisible(), false);
	await home.getByRole('button', { name: 'Mark all read' }).click();
	await unread(away, 0);
	await home.keyboard.press('Escape');
});

test('the pages had nothing to complain of', () => {
	assert.deepEqual(scene.complaints(), []);
});
