/*
 * Chromium, and people who sit in front of it.  Each person has a browser context of their own; all
 * their pages write down what a developer would not want to see in the console.
 */

import { chromium } from 'playwright-core';

const FLAGS = [
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

export function launchBrowser() {
	const asRoot = process.getuid() === 0 ? ['--no-sandbox'] : [];
	return chromium.launch({
		executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
		args: [...FLAGS, ...asRoot],
	});
}

/*
 * A person at `url`.  Returns {context, complaints, open(hash), signUp(username, password),
 * signIn(…), close()}; `complaints` are the console errors, uncaught exceptions and violations of the
 * content security policy of all the person's pages, as strings.
 */
export async function createPerson(browser, url, options = {}) {
	const context = await browser.newContext({
		viewport: { width: 1000, height: 760 },
		...options,
	});
	const complaints = [];
	await context.addInitScript(() => {
		document.addEventListener('securitypolicyviolation', (event) =>
			console.error(
				`policy violated: ${event.violatedDirective} ${event.blockedURI}`,
			),
		);
	});

	async function open(hash = '#/') {
		const page = await context.newPage();
		page.setDefaultTimeout(15000);
		page.on('console', (message) => {
			if (message.type() === 'error')
				complaints.push(`${message.text()} (${message.location().url})`);
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
		open,
		signUp: (username, password) => account('Sign up', username, password),
		signIn: (username, password) => account('Sign in', username, password),
		close: () => context.close(),
	};
}
