/*
 * A browser, and people who sit in front of it.  Each person has a browser context of their own; all
 * their pages write down what a developer would not want to see in the console.
 *
 * BROWSER says which one it is: chromium, firefox or webkit, as Debian has them.  Playwright drives
 * Chromium by its own protocol and Firefox by WebDriver BiDi; WebKitGTK has what engines/webkit gives it.
 */

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium, firefox } from 'playwright-core';
import { PATIENCE_MS } from '../lib/wait.mjs';

const FLAGS = [
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

export const engine = process.env.BROWSER || 'chromium';

const LAUNCH = {
	/* Playwright switches the back/forward cache off; a person has it. */
	chromium: (flags) =>
		chromium.launch({
			executablePath,
			args: [...FLAGS, ...flags],
			ignoreDefaultArgs: ['--disable-back-forward-cache'],
		}),
	firefox: (flags, options) =>
		firefox.launch({
			...options,
			channel: 'moz-firefox',
			executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
		}),
	webkit: async () => (await import('./engines/webkit/browser.mjs')).launchWebKit(),
};

/* `flags` are for Chromium alone, `options` for Firefox. */
export function launchBrowser(flags = [], options = {}) {
	if (!(engine in LAUNCH)) throw new Error(`BROWSER is ${Object.keys(LAUNCH).join(', ')}`);
	return LAUNCH[engine](flags, options);
}

/* What a test says that cannot be had everywhere: `unless({ webkit: 'why' })`. */
export const unless = (reasons) => ({ skip: reasons[engine] ?? false });

/*
 * A browser in which a tab behind another is hidden, can be frozen, and has slow timers, as a person's;
 * Playwright makes every page of its own browsers believe that it is looked at.  Only its first context
 * is so.
 */
export async function launchPlainBrowser() {
	const profile = await mkdtemp(join(tmpdir(), 'pgbell-chromium-'));
	const child = spawn(
		executablePath,
		[
			...FLAGS,
			'--no-sandbox', // as Playwright does: root has none, and in a container nobody
			'--headless',
			'--remote-debugging-port=0',
			`--user-data-dir=${profile}`,
		],
		{ stdio: ['ignore', 'ignore', 'pipe'] },
	);
	const ended = new Promise((resolve) => child.on('exit', resolve));
	const browser = await chromium.connectOverCDP(await debuggerOf(child), {
		noDefaults: true,
	});
	return {
		contexts: () => browser.contexts(),
		async close() {
			await browser.close();
			child.kill();
			await ended;
			await rm(profile, { recursive: true, force: true, maxRetries: 5 });
		},
	};
}

async function debuggerOf(child) {
	const said = [];
	for await (const line of createInterface({ input: child.stderr })) {
		said.push(line);
		const address = /^DevTools listening on (\S+)/.exec(line)?.[1];
		if (address === undefined) continue;
		child.stderr.resume();
		return address;
	}
	throw new Error(`Chromium did not start\n${said.join('\n')}`);
}

/*
 * Makes the clock of the client faster for all pages of a context: `timing` replaces numbers of TIMING
 * in connection.js, the rest of which is as it is served.
 */
export async function hasten(context, timing) {
	await context.route('**/js/connection.js', async (route) => {
		const response = await route.fetch();
		let body = await response.text();
		for (const [name, value] of Object.entries(timing)) {
			const setting = new RegExp(`\\b${name}: \\d+`);
			if (!setting.test(body)) throw new Error(`connection.js has no ${name}`);
			body = body.replace(setting, `${name}: ${value}`);
		}
		await route.fulfill({ response, body });
	});
}

/*
 * A person at `url`, in a context of their own or in one that is given.  Returns {context, complaints,
 * warnings, open(hash), signUp(username, password), signIn(…), close()}; `complaints` are the console
 * errors, uncaught exceptions, answers from 400 on and violations of the content security policy of all
 * the person's pages, as strings; `warnings` the console's warnings.
 */
export async function createPerson(browser, url, { context: given, ...options } = {}) {
	const context =
		given ??
		(await browser.newContext({ viewport: { width: 1000, height: 760 }, ...options }));
	const complaints = [];
	const warnings = [];
	/* Chromium's console has these; Firefox's and WebKit's do not tell. */
	if (engine !== 'chromium')
		context.on('response', (response) => {
			if (response.status() >= 400)
				complaints.push(
					`the server responded with a status of ${response.status()} (${response.url()})`,
				);
		});
	await context.addInitScript(() => {
		document.addEventListener('securitypolicyviolation', (event) =>
			console.error(
				`policy violated: ${event.violatedDirective} ${event.blockedURI}`,
			),
		);
	});

	async function open(hash = '#/') {
		const page = await context.newPage();
		// A click waits for frames and a page for its scripts, and a browser is many processes that a loaded machine lets wait.
		page.setDefaultTimeout(2 * PATIENCE_MS);
		page.setDefaultNavigationTimeout(4 * PATIENCE_MS);
		page.on('console', (message) => {
			if (message.type() === 'error')
				complaints.push(`${message.text()} (${message.location().url})`);
			if (message.type() === 'warning') warnings.push(message.text());
		});
		page.on('pageerror', (error) => complaints.push(`uncaught: ${error.stack}`));
		page.on('dialog', (dialog) => {
			complaints.push(`dialog: ${dialog.message()}`);
			dialog.dismiss();
		});
		await page.goto(`${url}/${hash}`);
		return page;
	}

	async function account(word, username, password) {
		const page = await open(word === 'Sign up' ? '#/sign-up' : '#/sign-in');
		await page.getByLabel('Username').fill(username);
		await page.getByLabel('Password').fill(password);
		await page.locator('main').getByRole('button', { name: word }).click();
		await page.getByRole('button', { name: 'Sign out' }).waitFor();
		return page;
	}

	return {
		context,
		complaints,
		warnings,
		open,
		signUp: (username, password) => account('Sign up', username, password),
		signIn: (username, password) => account('Sign in', username, password),
		close: () => context.close(),
	};
}

/* A person of somebody else's site, 4711 there, who is signed in at this address of it. */
export async function createCustomer(browser, site, url) {
	const person = await createPerson(browser, url);
	const [{ token }] = await site.sql(`select token from pgbell.create_session('4711')`);
	await person.context.addCookies([{ name: 'pgbell_session', value: token, url, httpOnly: true }]);
	return person;
}
