/*
 * Two people in front of a private site: Ada with the two tabs `home` and `away`, Bo with the tab
 * `theirs`.  What they do here are steps of the tests; each waits until it is done.
 */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { untilMetrics } from '../lib/metrics.mjs';
import { startSite } from '../lib/site.mjs';
import { live, shows, status, submit, unread } from './bell.mjs';
import { createPerson, hasten, launchBrowser } from './browser.mjs';

/* What the console may say: who asks is not signed in, and a stream was cut by a test. */
const EXPECTED = [
	/401 .*\/api\/(session\)$|notifications)/,
	/(net::ERR_|status of 50[0-9]).*\/api\/(notifications|questions)\//,
	/Firefox can’t establish a connection to the server at .*\/api\/notifications\/stream/,
	/The connection to .*\/api\/notifications\/stream\S* was interrupted while the page was loading/,
];

const STREAM = '**/api/notifications/stream*';

export class Scene {
	/*
	 * Starts the site and the browsers; the people have not signed up yet.  `timing` as in hasten(),
	 * `env` the settings of the site.
	 */
	static async open({ env, timing } = {}) {
		const scene = new Scene();
		scene.timing = timing;
		const run = randomBytes(3).toString('hex');
		/* Neither a heartbeat nor the slow look at everybody may bring what a doorbell lost. */
		scene.site = await startSite({
			apis: 2,
			env: { PGBELL_HEARTBEAT_S: '60', PGBELL_FLOOR_S: '60', ...env },
		});
		scene.browser = await launchBrowser();
		scene.ada = await scene.person(`ada-${run}`);
		scene.bo = await scene.person(`bo-${run}`);
		return scene;
	}

	async close() {
		await this.browser.close();
		await this.site.stop();
	}

	async person(username, options) {
		const password = `the password of ${username}`;
		const person = await createPerson(this.browser, this.site.url, options);
		if (this.timing) await hasten(person.context, this.timing);
		return { username, password, ...person };
	}

	/* Both sign up, and every tab is live. */
	async signUp() {
		this.home = await this.ada.signUp(this.ada.username, this.ada.password);
		this.away = await this.ada.open();
		this.theirs = await this.bo.signUp(this.bo.username, this.bo.password);
		for (const page of [this.home, this.away, this.theirs]) await live(page);
	}

	goto(page, hash) {
		return page.goto(`${this.site.url}/${hash}`);
	}

	/* Resolves when so many streams are open. */
	streams(count) {
		return streams(this.site, count);
	}

	/* Asks a question; resolves to its address. */
	async ask(page, title, body) {
		await this.goto(page, '#/ask');
		await page.getByLabel('Title').fill(title);
		await page.getByLabel('Details').fill(body);
		await page.getByRole('button', { name: 'Ask', exact: true }).click();
		await page.getByRole('heading', { name: title, level: 1 }).waitFor();
		return new URL(page.url()).hash;
	}

	/* Answers the question that is open; resolves as submit() does. */
	async answer(page, body) {
		await page.getByRole('textbox', { name: 'Your answer' }).fill(body);
		return submit(page, page.getByRole('button', { name: 'Post answer' }));
	}

	/* Comments on a post of the page, given as a locator. */
	async comment(page, post, body) {
		await post.getByRole('button', { name: 'Comment', exact: true }).click();
		await post.getByRole('textbox', { name: 'Your comment' }).fill(body);
		return submit(page, post.getByRole('button', { name: 'Post comment' }));
	}

	/* Rows for Ada, as any program would write them. */
	insert(kind, ...data) {
		return this.insertFor(this.ada, kind, ...data);
	}

	insertFor({ username }, kind, ...data) {
		return this.site.sql(
			`insert into pgbell.notification (user_id, kind, data)
			select (select id::text from qa.account where username = $1), $2, d
			from jsonb_array_elements($3::jsonb) with ordinality as given (d, place)
			order by place`,
			[username, kind, JSON.stringify(data)],
		);
	}

	/* Deletes what has this title, as any program would. */
	remove(title) {
		return this.site.sql(`delete from pgbell.notification where data ->> 'title' = $1`, [title]);
	}

	/* An empty list in both of Ada's tabs, whatever the tests before left there. */
	async clear() {
		await this.site.sql('delete from pgbell.notification');
		for (const page of [this.home, this.away]) {
			await shows(page, []);
			await unread(page, 0);
		}
	}

	/* Both of Ada's tabs say that so many are unread, and show these rows. */
	async bothShow(count, ...rows) {
		for (const page of [this.home, this.away]) {
			await unread(page, count);
			await shows(page, rows);
		}
	}

	/* Both of Ada's tabs poll while `meanwhile` is done, and have their stream again behind it. */
	async whilePolling(meanwhile) {
		const { context } = this.ada;
		await context.route(STREAM, (route) => route.fulfill({ status: 503 }));
		process.kill(await this.site.pid('pgbell-stream'), 'SIGKILL');
		try {
			for (const page of [this.home, this.away]) await status(page, 'polling');
			await meanwhile();
		} finally {
			await context.unroute(STREAM);
		}
		for (const page of [this.home, this.away]) await live(page);
	}

	/* The stream process dies, and `page` sees it; `meanwhile` is done while it is away. */
	async killStream(page, meanwhile) {
		const cut = page.locator('.status[data-status="connecting"]').waitFor();
		process.kill(await this.site.pid('pgbell-stream'), 'SIGKILL');
		await meanwhile();
		await cut;
	}

	/* What the consoles said that no test caused. */
	complaints() {
		return [...this.ada.complaints, ...this.bo.complaints].filter(unexpected);
	}
}

/* Resolves when so many streams of a site are open, by the server's own count. */
export async function streams(site, count) {
	await untilMetrics(site, (now) => now.get('pgbell_streams') === count);
}

export function unexpected(complaint) {
	return !EXPECTED.some((pattern) => pattern.test(complaint));
}

/* Takes what the test itself caused off a person's complaints; it must be among them. */
export function forgive({ complaints }, pattern) {
	const at = complaints.findIndex((text) => pattern.test(text));
	assert.notEqual(at, -1, `${pattern} in:\n${complaints.join('\n')}`);
	complaints.splice(at, 1);
}
