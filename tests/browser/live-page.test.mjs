/*
 * Pages that follow topics, in a browser and on a whole site: who looks at a question, signed in or not,
 * sees what becomes of it, and asks for nothing.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { live } from './bell.mjs';
import { createPerson, hasten, launchBrowser } from './browser.mjs';
import { streams, unexpected } from './scene.mjs';
import { startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const STREAM = '**/api/notifications/stream*';
const TIMING = { first_ms: 50, cap_ms: 200, poll_ms: 500 };

let site, browser, asker, writer;
const people = [];

before(async () => {
	site = await startSite({ env: { PGBELL_HEARTBEAT_S: '60', PGBELL_FLOOR_S: '60', PGBELL_RETRY_MS: '200', PGBELL_DRAIN_S: '0' } });
	browser = await launchBrowser();
	[asker, writer] = [await site.signUp(), await site.signUp()];
});

after(async () => {
	await browser?.close();
	await site?.stop();
});

/* A browser of its own, of somebody who is not signed in. */
async function onlooker() {
	const person = await createPerson(browser, site.url);
	people.push(person);
	return person;
}

async function post(by, path, body) {
	const { status, body: made } = await site.api('POST', `/api/${path}`, { token: by.token, body });
	assert.equal(status, 201, JSON.stringify(made));
	return made.id;
}

const ask = () => post(asker, 'questions', { title: 'What is live?', body: 'Is it?' });
const write = (question, body) => post(writer, `questions/${question}/answers`, { body });

/* The page of a question, shown. */
async function look(person, question) {
	const page = await person.open(`#/questions/${question}`);
	await page.getByRole('heading', { level: 1 }).waitFor();
	return page;
}

const answer = (page, text) => page.locator('.answer', { hasText: text });

/* Resolves when the page follows so many topics of the stream of its browser. */
const follows = (page, count) =>
	page.waitForFunction(
		(wanted) => window.streams.some((it) => it.readyState === 1 && it.topics === wanted),
		count,
		{ polling: 50 },
	);

/* Pages from then on write down the streams that they open. */
const watchStreams = ({ context }) =>
	context.addInitScript(() => {
		window.streams = [];
		window.EventSource = class extends EventSource {
			constructor(url) {
				super(url);
				this.topics = new URL(url).searchParams.getAll('topic').length;
				window.streams.push(this);
			}
		};
	});

/* Returns what tells the addresses that a page has asked for from now on. */
async function watchRequests(page) {
	const asked = () =>
		page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname));
	const { length } = await asked();
	return async () => (await asked()).slice(length);
}

/* One who looks at three questions, each in a tab, by one stream. */
async function lookAtThree() {
	const questions = [await ask(), await ask(), await ask()];
	const person = await onlooker();
	await watchStreams(person);
	const pages = [];
	for (const question of questions) pages.push(await look(person, question));
	await follows(pages[0], 3);
	return { questions, person, pages };
}

test('two who are not signed in see an answer at once, and ask for nothing', async (t) => {
	const question = await ask();
	const pages = [];
	for (let i = 0; i < 2; i++) {
		const person = await onlooker();
		await watchStreams(person);
		pages.push(await look(person, question));
		await follows(pages[i], 1);
	}
	const asked = await Promise.all(pages.map(watchRequests));
	const first = await write(question, 'At once.');
	const written = Date.now();
	await Promise.all(pages.map((page) => answer(page, 'At once.').waitFor()));
	t.diagnostic(`both show it ${Date.now() - written} ms after the answer to the writer`);
	await post(asker, `answers/${first}/comments`, { body: 'How soon?' });
	await Promise.all(pages.map((page) => answer(page, 'How soon?').waitFor()));
	const second = await write(question, 'Sooner.');
	await site.api('PUT', `/api/answers/${second}/accept`, { token: asker.token });
	for (const page of pages) {
		await page.locator('.answer.accepted', { hasText: 'Sooner.' }).waitFor();
		assert.deepEqual(await page.locator('.answer > .prose').allTextContents(), ['Sooner.', 'At once.']);
	}
	assert.equal((await site.api('DELETE', `/api/answers/${first}`, { token: writer.token })).status, 204);
	await Promise.all(pages.map((page) => answer(page, 'At once.').waitFor({ state: 'detached' })));
	for (const tell of asked) assert.deepEqual(await tell(), []);
	assert.equal((await site.api('DELETE', `/api/questions/${question}`, { token: asker.token })).status, 204);
	await Promise.all(pages.map((page) => page.getByText('There is nothing here').waitFor()));
	await streams(site, 0);
});

test('a text that is too long to go along is read, once', async () => {
	const question = await ask();
	const person = await onlooker();
	await watchStreams(person);
	const page = await look(person, question);
	await follows(page, 1);
	const asked = await watchRequests(page);
	await write(question, `long ${'x'.repeat(10_000)}`);
	await answer(page, 'long x').waitFor();
	assert.deepEqual(await asked(), [`/api/questions/${question}`]);
	await person.close();
});

test('tabs of one browser share a stream of all their topics, whichever is closed', async () => {
	const { questions, person, pages } = await lookAtThree();
	await streams(site, 1);
	let last = 0;
	while (pages.length > 0) {
		last++;
		for (const [i, page] of pages.entries()) {
			await write(questions[i], `number ${last}`);
			await answer(page, `number ${last}`).waitFor();
		}
		await pages.shift().close();
		questions.shift();
		for (const question of questions) await write(question, `behind ${last}`);
		for (const page of pages) {
			await answer(page, `behind ${last}`).waitFor();
			const shown = await page.locator('.answer > .prose').allTextContents();
			assert.equal(new Set(shown).size, shown.length, shown.join());
		}
	}
	await streams(site, 0);
	await person.close();
});

test('a stream that is cut goes on in each topic where it was', async () => {
	const { questions, person, pages } = await lookAtThree();
	const asked = await Promise.all(pages.map(watchRequests));
	for (let n = 0; n < 3; n++) {
		const pid = await site.pid('pgbell-stream');
		process.kill(pid, 'SIGKILL');
		for (const question of questions) await write(question, `while away ${n}`);
		await waitFor('the next process', async () => (await site.pid('pgbell-stream').catch(() => pid)) !== pid);
		for (const page of pages) await answer(page, `while away ${n}`).waitFor();
	}
	for (const page of pages)
		assert.deepEqual(
			await page.locator('.answer > .prose').allTextContents(),
			['while away 0', 'while away 1', 'while away 2'],
		);
	for (const tell of asked) assert.deepEqual((await tell()).filter((path) => path.includes('/questions/')), []);
	await person.close();
	await streams(site, 0);
});

test('where there is no stream topics are read, and then the stream goes on', async () => {
	const question = await ask();
	const person = await onlooker();
	await hasten(person.context, TIMING);
	await watchStreams(person);
	await person.context.route(STREAM, (route) => route.fulfill({ status: 503 }));
	const page = await look(person, question);
	await write(question, 'read');
	await answer(page, 'read').waitFor();
	await person.context.unroute(STREAM);
	await follows(page, 1);
	await write(question, 'told');
	await answer(page, 'told').waitFor();
	assert.deepEqual(await page.locator('.answer > .prose').allTextContents(), ['read', 'told']);
	person.complaints.splice(0); // of the refusals
	await person.close();
});

test('who is signed in has the bell and what they look at by one stream', async () => {
	const question = await ask();
	const person = await onlooker();
	await watchStreams(person);
	const page = await person.signUp(`reader-${question}`, 'the password of a reader');
	await live(page);
	await page.goto(`${site.url}/#/questions/${question}`);
	await follows(page, 1);
	await streams(site, 1);
	await live(page);
	await write(question, 'to the reader');
	await answer(page, 'to the reader').waitFor();
	/* Then the page is a visitor's. */
	await page.getByRole('button', { name: 'Sign out' }).click();
	await page.getByText('You have signed out.').waitFor();
	await page.goto(`${site.url}/#/questions/${question}`);
	await follows(page, 1);
	await write(question, 'to anybody');
	await answer(page, 'to anybody').waitFor();
	await page.goto(`${site.url}/#/`);
	await streams(site, 0);
	await person.close();
});

test('where nobody may follow the page asks again, now and then', async () => {
	const question = await ask();
	const [{ source }] = await site.sql(
		`select pg_get_functiondef('pgbell.may_follow(text, text)'::regprocedure) as source`,
	);
	const person = await onlooker();
	await watchStreams(person);
	const page = await look(person, question);
	await follows(page, 1);
	await site.sql(`create or replace function pgbell.may_follow(user_id text, topic text)
		returns boolean language sql return false`);
	try {
		await site.sql(`select pgbell.ring_topics(array['public:question/${question}'])`);
		await streams(site, 0);
		await write(question, 'asked for');
		await answer(page, 'asked for').waitFor();
	} finally {
		await site.sql(source);
	}
	await person.close();
});

/* A client of its own in a page, by a WebSocket; what it is told of `topics` is in window.told. */
const openSocketIn = (page, topics) =>
	page.evaluate(async (asked) => {
		window.told = [];
		window.doors = [];
		const note = (Door) =>
			class extends Door {
				constructor(url) {
					super(url);
					window.doors.push(new URL(url).protocol);
				}
			};
		const { createNotificationSSE } = await import('/js/sse.js');
		window.client = createNotificationSSE({
			visitor: true,
			transport: 'websocket',
			WebSocket: note(WebSocket),
			EventSource: note(EventSource),
		});
		window.follow = (topic) =>
			window.client.follow(topic, { after: 0, onEvent: ({ seq }) => window.told.push(`${topic} ${seq}`) });
		asked.forEach(window.follow);
	}, topics);

const publish = (topic) => site.sql(`select pgbell.publish($1, 'told')`, [topic]);

const told = (page, expected) =>
	waitFor(`${expected}`, async () => {
		const all = await page.evaluate(() => window.told);
		return all.length >= expected.length && all;
	}).then((all) => assert.deepEqual(all.sort(), expected.sort()));

test('by a WebSocket two tabs have their topics, and topics come and go without another one', async () => {
	const person = await onlooker();
	const [first, second] = [await person.open(), await person.open()];
	await openSocketIn(first, ['public:ws/a']);
	await openSocketIn(second, ['public:ws/a', 'public:ws/b']);
	await streams(site, 1);
	for (const topic of ['public:ws/a', 'public:ws/b']) await publish(topic);
	await told(first, ['public:ws/a 1']);
	await told(second, ['public:ws/a 1', 'public:ws/b 1']);
	await first.evaluate(() => window.follow('public:ws/c'));
	await publish('public:ws/c');
	await told(first, ['public:ws/a 1', 'public:ws/c 1']);
	const pid = await site.pid('pgbell-stream');
	process.kill(pid, 'SIGTERM');
	await publish('public:ws/b');
	await waitFor('the next process', async () => (await site.pid('pgbell-stream').catch(() => pid)) !== pid);
	await publish('public:ws/a');
	await told(first, ['public:ws/a 1', 'public:ws/a 2', 'public:ws/c 1']);
	await told(second, ['public:ws/a 1', 'public:ws/a 2', 'public:ws/b 1', 'public:ws/b 2']);
	const doors = [...(await first.evaluate(() => window.doors)), ...(await second.evaluate(() => window.doors))];
	assert.deepEqual([...new Set(doors)], ['ws:']);
	assert.ok(doors.length <= 4, doors.join());
	await first.close();
	await publish('public:ws/b');
	await told(second, ['public:ws/a 1', 'public:ws/a 2', 'public:ws/b 1', 'public:ws/b 2', 'public:ws/b 3']);
	await person.close();
	await streams(site, 0);
});

test('a WebSocket that is cut brings what was published meanwhile, each once and in order', async () => {
	const person = await onlooker();
	const page = await person.open();
	await openSocketIn(page, ['public:cut/a', 'public:cut/b']);
	await streams(site, 1);
	const expected = [];
	for (let n = 1; n <= 3; n++) {
		const pid = await site.pid('pgbell-stream');
		await publish('public:cut/a');
		process.kill(pid, 'SIGKILL');
		await publish('public:cut/b');
		await waitFor('the next process', async () => (await site.pid('pgbell-stream').catch(() => pid)) !== pid);
		await site.waitUntilHealthy();
		expected.push(`public:cut/a ${n}`, `public:cut/b ${n}`);
		await told(page, expected);
		await streams(site, 1);
	}
	for (const topic of ['public:cut/a', 'public:cut/b'])
		assert.deepEqual((await page.evaluate(() => window.told)).filter((one) => one.startsWith(topic)), [1, 2, 3].map((n) => `${topic} ${n}`));
	const doors = await page.evaluate(() => window.doors);
	assert.ok(doors[0] === 'ws:' && doors.at(-1) === 'ws:', doors.join());
	person.complaints.splice(0); // of the connections that were cut
	await person.close();
});

test('where the WebSocket’s door is shut the stream is asked, and the door is left alone', async () => {
	const person = await onlooker();
	await person.context.addInitScript(() => {
		const { WebSocket } = window;
		window.WebSocket = class extends WebSocket {
			constructor(url) {
				super(url.replace('/socket', '/no-such-door'));
			}
		};
	});
	for (let n = 1; n <= 2; n++) {
		const page = await person.open();
		await openSocketIn(page, ['public:shut']);
		await publish('public:shut');
		await told(page, Array.from({ length: n }, (_, i) => `public:shut ${i + 1}`));
		const doors = await page.evaluate(() => window.doors);
		assert.deepEqual(doors, n === 1 ? ['ws:', 'http:'] : ['http:']);
		await page.close();
	}
	person.complaints.splice(0); // of the door
	await person.close();
});

test('a native EventSource has all of three topics, however often it is cut', async () => {
	const person = await onlooker();
	const page = await person.open();
	const topics = ['public:a', 'public:b/1', 'public:c~2'];
	await page.evaluate((asked) => {
		window.told = [];
		const source = new EventSource(`/api/notifications/stream?${asked.map((one) => `topic=${one}`).join('&')}`);
		source.addEventListener('published', ({ data }) => window.told.push(JSON.parse(data)));
		return new Promise((resolve) => source.addEventListener('connected', resolve));
	}, topics);
	const last = topics.map(() => 0);
	for (let n = 0; n < 3; n++) {
		for (const [i, topic] of topics.entries()) {
			await site.sql(`select pgbell.publish($1, 'told') from generate_series(1, $2::integer)`, [topic, i + 1]);
			last[i] += i + 1;
		}
		const pid = await site.pid('pgbell-stream');
		process.kill(pid, 'SIGTERM');
		await waitFor('the next process', async () => (await site.pid('pgbell-stream').catch(() => pid)) !== pid);
		await site.waitUntilHealthy();
		await streams(site, 1);
	}
	await waitFor('all', async () => (await page.evaluate(() => window.told.length)) === 18);
	const told = await page.evaluate(() => window.told);
	for (const [i, topic] of topics.entries())
		assert.deepEqual(
			told.filter((one) => one.topic === topic).map(({ seq }) => seq),
			Array.from({ length: last[i] }, (_, at) => at + 1),
		);
	person.complaints.splice(0); // of the connections that were cut
	await person.close();
});

test('the pages had nothing else to complain of', () => {
	const expected = /ERR_/; // of what was cut
	const complaints = people.flatMap((person) => person.complaints);
	assert.deepEqual(complaints.filter(unexpected).filter((text) => !expected.test(text)), []);
});
