/* A profile of WebKit and its pages: as much of Playwright's BrowserContext as the tests use. */

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { startDriver } from './driver.mjs';
import { callOf, headScript, literal } from './inside.mjs';
import { Page } from './page.mjs';
import { startProxy } from './proxy.mjs';

const PATIENCE_MS = 30_000;

export async function startContext({ screen, viewport, ...others }) {
	assert.deepEqual(Object.keys(others), [], 'what WebKit’s contexts do not know');
	const proxy = await startProxy();
	const driver = await startDriver({ screen, proxyPort: proxy.port });
	return new Context(proxy, driver, viewport);
}

class Context extends EventEmitter {
	#proxy;
	#driver;
	#viewport;
	#scripts = [];
	#pages = [];
	#opened = 0;
	#loading; /* the page that loads a document by our command */
	#loads = Promise.resolve();

	constructor(proxy, driver, viewport) {
		super();
		this.#proxy = proxy;
		this.#driver = driver;
		this.#viewport = viewport;
		proxy.script = () =>
			headScript(this.#loading?.number, [...this.#scripts, ...(this.#loading?.scripts ?? [])]);
		proxy.on('said', (said) => this.#tell(said));
		for (const name of ['request', 'response', 'requestfinished'])
			proxy.on(name, (it) => this.emit(name, it));
	}

	version = () => this.#driver.version;
	pages = () => [...this.#pages];
	busy = () => this.#proxy.busy;

	async newPage() {
		const handle = await this.#driver.openWindow();
		const page = new Page(this, this.#driver, handle, ++this.#opened);
		this.#pages.push(page);
		if (this.#viewport)
			await this.#driver.inWindow(handle, 'POST', '/window/rect', this.#viewport);
		return page;
	}

	forget(page) {
		this.#pages = this.#pages.filter((it) => it !== page);
	}

	async close() {
		await this.#driver.stop();
		this.#proxy.stop();
	}

	async addInitScript(callee, given) {
		this.#scripts.push(callOf(callee, literal(given)));
	}

	/* One page at a time loads what it was told to, so that its own scripts are for it alone. */
	isLoading(page, load) {
		const done = this.#loads.then(async () => {
			this.#loading = page;
			try {
				return await load();
			} finally {
				this.#loading = undefined;
			}
		});
		this.#loads = done.catch(() => {});
		return done;
	}

	route = async (pattern, handler, options) => this.#proxy.route(pattern, handler, options);
	unroute = async (pattern) => this.#proxy.unroute(pattern);

	/* The pages hear of it as they would of a cable; that no desktop tells them is made up for. */
	async setOffline(offline) {
		this.#proxy.setOffline(offline);
		for (const page of this.#pages)
			await page.evaluate((offline) => {
				Object.defineProperty(navigator, 'onLine', { value: !offline, configurable: true });
				dispatchEvent(new Event(offline ? 'offline' : 'online'));
			}, offline);
	}

	/* Those of the site that its pages show. */
	cookies() {
		return this.#pages[0].cookies();
	}

	waitForEvent(name, isIt = () => true) {
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => {
				this.off(name, look);
				reject(new Error(`no such ${name} within ${PATIENCE_MS} ms`));
			}, PATIENCE_MS);
			const look = (it) => {
				if (!isIt(it)) return;
				clearTimeout(timer);
				this.off(name, look);
				resolve(it);
			};
			this.on(name, look);
		});
	}

	#tell({ page: number, type, text, url }) {
		const page = this.#pages.find((it) => it.number === number);
		if (type === 'uncaught') page?.emit('pageerror', new Error(text));
		else if (type === 'error' || type === 'warn')
			page?.emit('console', {
				type: () => (type === 'warn' ? 'warning' : type),
				text: () => text,
				location: () => ({ url }),
			});
		else page?.emit('dialog', { message: () => text, dismiss: async () => {} });
	}
}
