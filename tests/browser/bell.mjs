/* The bell of a page, as a person reads and uses it.  Every function waits for what it names. */

import assert from 'node:assert/strict';

export const bell = (page) => page.getByRole('button', { name: /^Notifications(,|$)/ });

export const live = (page) => page.locator('.status[data-status="live"]').waitFor();

/* Resolves when the badge says `count`, to the moment (ms since 1970) at which it did. */
export async function unread(page, count) {
	const label = count === 0 ? 'Notifications' : `Notifications, ${count} unread`;
	const seen = await page.waitForFunction(
		(wanted) =>
			document.querySelector('.bell-button')?.getAttribute('aria-label') ===
				wanted && Date.now(),
		label,
	);
	assert.equal(await page.locator('.badge').textContent(), String(count));
	assert.equal(await page.locator('.badge').isVisible(), count > 0);
	return seen.jsonValue();
}

/* The list from top to bottom, an unread one with a star; the panel need not be open. */
export const list = (page) =>
	page.$$eval('.bell-row', (rows) =>
		rows.map((row) => {
			const text = (name) => row.querySelector(name)?.textContent ?? '';
			const star = row.classList.contains('unread') ? '* ' : '';
			const what = row.querySelector('.bell-what').cloneNode(true);
			for (const part of what.querySelectorAll(
				'.unseen, .bell-title, .bell-excerpt',
			))
				part.remove();
			return `${star}${what.textContent}: ${text('.bell-title')}`;
		}),
	);

export async function shows(page, expected) {
	const deadline = Date.now() + 15000;
	let shown;
	do {
		shown = await list(page);
		if (JSON.stringify(shown) === JSON.stringify(expected)) return;
		await page.waitForTimeout(20);
	} while (Date.now() < deadline);
	assert.deepEqual(shown, expected);
}

export const row = (page, n) => page.locator('.bell-row').nth(n);

export async function openBell(page) {
	if ((await bell(page).getAttribute('aria-expanded')) === 'false') await bell(page).click();
	await page.getByRole('heading', { name: 'Notifications' }).waitFor();
}

/* Clicks, and resolves to the moment at which the answer to the request it makes was there. */
export async function submit(page, button) {
	const answered = page
		.waitForResponse((response) => response.request().method() !== 'GET')
		.then((response) => {
			assert.ok(response.ok(), `${response.url()} answered ${response.status()}`);
			return Date.now();
		});
	await button.click();
	return answered;
}
