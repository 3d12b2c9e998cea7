/* Elements of a page of WebKit, found when they are needed: as much of Playwright's Locator as the tests use. */

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import playwright from 'playwright-core/lib/coreBundle';
import { callOf, literal } from './inside.mjs';

const { escapeForAttributeSelector, escapeForTextSelector } = playwright.iso;
const LOOK_MS = 20;

const roleSelector = (role, { exact = false, name, level } = {}) =>
	`internal:role=${role}` +
	(level === undefined ? '' : `[level=${level}]`) +
	(name === undefined ? '' : `[name=${escapeForAttributeSelector(name, exact)}]`);

/* What a page and a locator have in common: ways to name elements. */
export class Finder {
	getByRole = (role, options) => this.within(roleSelector(role, options));
	getByLabel = (text, { exact = false } = {}) =>
		this.within(`internal:label=${escapeForTextSelector(text, exact)}`);
	getByText = (text, { exact = false } = {}) =>
		this.within(`internal:text=${escapeForTextSelector(text, exact)}`);
	locator = (selector, options) => this.within(selector).filter(options);
}

export class Locator extends Finder {
	#page;
	#selector;

	constructor(page, selector) {
		super();
		this.#page = page;
		this.#selector = selector;
	}

	within = (selector) => new Locator(this.#page, `${this.#selector} >> ${selector}`);
	nth = (n) => this.within(`nth=${n}`);
	first = () => this.nth(0);
	last = () => this.nth(-1);

	filter({ hasText, ...others } = {}) {
		assert.deepEqual(Object.keys(others), [], 'what WebKit’s locators do not know');
		if (hasText === undefined) return this;
		return this.within(`internal:has-text=${escapeForTextSelector(hasText, false)}`);
	}

	/* --- looking -------------------------------------------------------------- */

	count = () => this.#ask(callOf((all) => all.length, this.#all()));
	allTextContents = () =>
		this.#ask(callOf((all) => all.map((it) => it.textContent), this.#all()));
	evaluateAll = (callee, given) => this.#ask(callOf(callee, this.#all(), literal(given)));
	isVisible = async () => (await this.#state('visible')) === true;

	textContent = () => this.evaluate((it) => it.textContent);
	inputValue = () => this.evaluate((it) => it.value);
	getAttribute = (name) => this.evaluate((it, given) => it.getAttribute(given), name);

	async evaluate(callee, given) {
		await this.waitFor({ state: 'attached' });
		return this.#ask(callOf(callee, this.#one(), literal(given)));
	}

	async waitFor({ state = 'visible', timeout } = {}) {
		const wanted = { visible: true, attached: true, hidden: false, detached: false }[state];
		const kind = state === 'visible' || state === 'hidden' ? 'visible' : 'attached';
		await this.#until(timeout, `to be ${state}`, async () => (await this.#state(kind)) === wanted);
	}

	#state(kind) {
		return this.#ask(
			callOf(
				(engine, it, kind) =>
					it !== undefined &&
					(kind === 'attached' || engine.injected.elementState(it, kind).matches),
				'engine',
				this.#one(),
				literal(kind),
			),
		);
	}

	/* --- doing ---------------------------------------------------------------- */

	click = (options) => this.#press(1, options);
	dblclick = (options) => this.#press(2, options);

	async #press(times, { timeout } = {}) {
		let point;
		await this.#until(timeout, 'to be what a click meets', async () => {
			point = await this.#ask(callOf(pointOf, 'engine', this.#one()));
			return point !== null;
		});
		await this.#page.mouse.click(point.x, point.y, times);
	}

	async fill(value) {
		await this.waitFor();
		const missing = await this.#ask(
			callOf(typeInto, 'engine', this.#one(), literal(value)),
		);
		assert.equal(missing, null);
	}

	async press(key) {
		await this.evaluate((it) => it.focus());
		await this.#page.keyboard.press(key);
	}

	/* -------------------------------------------------------------------------- */

	#one = () => `engine.find(${literal(this.#selector)})`;
	#all = () => `engine.findAll(${literal(this.#selector)})`;
	#ask = (text) => this.#page.ask(text);

	/* A page that is going elsewhere has no elements for a moment. */
	async #until(timeout_ms = this.#page.timeout_ms, what, isSo) {
		const deadline = Date.now() + timeout_ms;
		while (!(await isSo().catch(unlessGone))) {
			if (Date.now() > deadline) await this.#giveUp(timeout_ms, what);
			await sleep(LOOK_MS);
		}
	}

	async #giveUp(timeout_ms, what) {
		const waited = `${timeout_ms} ms have passed, waiting for ${this.#selector} ${what}`;
		const shown = await this.#ask('document.body.innerText').catch((error) => error.message);
		throw new Error(`${waited}; ${this.#page.url()} says:\n${shown}`);
	}
}

export class Gone extends Error {}

function unlessGone(error) {
	if (!(error instanceof Gone)) throw error;
	return false;
}

/* Where a click at an element meets it and nothing that lies over it; null while it does not. */
async function pointOf(engine, it) {
	if (it === undefined || !it.isConnected) return null;
	for (const state of ['visible', 'enabled'])
		if (!engine.injected.elementState(it, state).matches) return null;
	const before = it.getBoundingClientRect();
	if (before.top < 0 || before.bottom > innerHeight) it.scrollIntoView({ block: 'center' });
	const box = it.getClientRects()[0] ?? it.getBoundingClientRect();
	const point = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
	await new Promise((resolve) => setTimeout(resolve, 20));
	const after = it.getClientRects()[0] ?? it.getBoundingClientRect();
	if (after.x !== box.x || after.y !== box.y) return null; // it moves
	if (engine.injected.expectHitTarget(point, it) !== 'done') return null;
	return { x: Math.round(point.x), y: Math.round(point.y) };
}

/* As somebody types: what was there is selected, and the text comes in its place. */
function typeInto(engine, it, value) {
	const asked = engine.injected.fill(it, value);
	if (asked === 'needsinput')
		document.execCommand(value === '' ? 'delete' : 'insertText', false, value);
	return asked === 'needsinput' || asked === 'done' ? null : asked;
}
