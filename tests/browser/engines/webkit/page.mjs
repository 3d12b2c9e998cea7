/* A page of WebKit: as much of Playwright's Page as the tests use. */

import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { callOf, INSTALL, literal, start, take } from './inside.mjs';
import { Keyboard, Mouse } from './input.mjs';
import { Finder, Gone, Locator } from './locator.mjs';

const LOOK_MS = 15;
const PATIENCE_MS = 30_000;

export class Page extends Finder {
	timeout_ms = PATIENCE_MS;
	keyboard = new Keyboard((actions) => this.#act(actions));
	mouse = new Mouse((actions) => this.#act(actions));
	scripts = []; /* those of this page alone */
	#context;
	#driver;
	#handle;
	#events = new EventEmitter();
	#at = 'about:blank';
	#isClosed = false;
	#routes = [];

	constructor(context, driver, handle, number) {
		super();
		this.#context = context;
		this.#driver = driver;
		this.#handle = handle;
		this.number = number;
	}

	within = (selector) => new Locator(this, selector);
	context = () => this.#context;
	url = () => this.#at;
	isClosed = () => this.#isClosed;
	setDefaultTimeout = (ms) => (this.timeout_ms = ms);
	setDefaultNavigationTimeout() {} /* a page is waited for as long as all else */
	waitForTimeout = (ms) => sleep(ms);

	/* 'console', 'pageerror' and 'dialog'. */
	on = (name, listener) => this.#events.on(name, listener);
	emit = (name, ...given) => this.#events.emit(name, ...given);

	/* --- where it is ---------------------------------------------------------- */

	goto = (url) => this.#navigate('/url', { url });
	reload = () => this.#navigate('/refresh', {});

	async #navigate(path, body) {
		await this.#context.isLoading(this, () =>
			this.#driver.inWindow(this.#handle, 'POST', path, body),
		);
		this.#at = await this.evaluate(() => location.href);
	}

	async waitForFunction(callee, given) {
		const deadline = Date.now() + this.timeout_ms;
		while (!(await this.evaluate(callee, given))) {
			if (Date.now() > deadline) throw new Error(`it stays untrue: ${callee}`);
			await sleep(LOOK_MS);
		}
	}

	async waitForURL(isIt) {
		const deadline = Date.now() + this.timeout_ms;
		for (;;) {
			const url = await this.evaluate(() => location.href).catch(() => 'about:blank');
			if (isIt(new URL(url))) return;
			if (Date.now() > deadline) throw new Error(`it stays at ${url}`);
			await sleep(LOOK_MS);
		}
	}

	/* 'networkidle': half a second in which nothing was asked. */
	async waitForLoadState(state) {
		if (state !== 'networkidle') throw new Error(`WebKit’s driver knows no ${state}`);
		for (let quiet = 0; quiet < 500; quiet += 50) {
			await sleep(50);
			if (this.#context.busy() > 0) quiet = 0;
		}
	}

	cookies = () => this.#driver.inWindow(this.#handle, 'GET', '/cookie');
	title = () => this.evaluate(() => document.title);
	bringToFront = () => this.#driver.inWindow(this.#handle, 'GET', '/window');

	async close() {
		if (this.#isClosed) return;
		this.#isClosed = true;
		for (const pattern of this.#routes) await this.unroute(pattern);
		this.#context.forget(this);
		await this.#driver.closeWindow(this.#handle);
	}

	/* --- what runs in it ------------------------------------------------------ */

	evaluate = (callee, given) => this.ask(callOf(callee, literal(given)));
	$$eval = (selector, callee, given) => this.within(selector).evaluateAll(callee, given);

	addInitScript = async (callee, given) => {
		this.scripts.push(callOf(callee, literal(given)));
	};

	/* Resolves to what a text comes to in the page, which may take its time; others have their turn meanwhile. */
	async ask(text) {
		let answer = await this.#run(start(text));
		if (answer.bare) {
			await this.#run(INSTALL);
			answer = await this.#run(start(text));
		}
		const { id } = answer;
		while (!answer.value && answer.error === undefined && !answer.gone) {
			await sleep(LOOK_MS);
			answer = await this.#run(take(id));
		}
		if (answer.at !== undefined) this.#at = answer.at;
		if (answer.error !== undefined) throw new Error(answer.error);
		if (answer.gone) throw new Gone('the page has gone elsewhere meanwhile');
		return answer.value[0];
	}

	async #run(script) {
		if (this.#isClosed) throw new Error('the page is closed');
		return (await this.#driver.run(this.#handle, script)) ?? {};
	}

	async #act(actions) {
		await this.#driver.inWindow(this.#handle, 'POST', '/actions', { actions });
	}

	/* --- what it asks ---------------------------------------------------------- */

	/* While the page is there; it holds for the other pages of the profile, too. */
	route = async (pattern, handler, options) => {
		this.#routes.push(pattern);
		await this.#context.route(pattern, handler, options);
	};
	unroute = (pattern) => this.#context.unroute(pattern);
	waitForResponse = (isIt) => this.#context.waitForEvent('response', isIt);
	waitForEvent = (name, isIt) => this.#context.waitForEvent(name, isIt);
}
