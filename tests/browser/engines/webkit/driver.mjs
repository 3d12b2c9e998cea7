/*
 * WebKitGTK's MiniBrowser behind WebKitWebDriver, spoken to in WebDriver's own words
 * (https://www.w3.org/TR/webdriver2/).  One driver has one session, which is one profile; its windows
 * are the pages of a person.  The driver does one thing at a time and remembers which window it is
 * in, so whoever wants something takes a turn.
 */

import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../../../lib/site.mjs';

const START_MS = 20_000;

/* A screen that nobody sees.  Resolves to {name, stop()}. */
export async function startScreen() {
	const child = spawn(
		'Xvfb',
		['-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'],
		{ stdio: ['ignore', 'pipe', 'ignore'] },
	);
	for await (const line of createInterface({ input: child.stdout }))
		return { name: `:${line}`, stop: () => end(child) };
	throw new Error('Xvfb did not start (apt-get install xvfb)');
}

export async function startDriver({ screen, proxyPort }) {
	const driver = new Driver();
	await driver.start(screen, proxyPort);
	return driver;
}

class Driver {
	#child;
	#port;
	#session;
	#window; /* the one that the driver is in */
	#first; /* the one it began with, which stays: a session ends with its last */
	#turn = Promise.resolve();

	async start(screen, proxyPort) {
		this.#port = await findFreePort();
		this.#child = spawn('WebKitWebDriver', ['--host=127.0.0.1', `--port=${this.#port}`], {
			env: {
				...process.env,
				DISPLAY: screen,
				LC_ALL: 'C.UTF-8',
				/* No desktop is asked for anything. */
				GIO_USE_VFS: 'local',
				GSETTINGS_BACKEND: 'memory',
				NO_AT_BRIDGE: '1',
			},
			stdio: 'ignore',
			detached: true, /* MiniBrowser is in its group */
		});
		await this.#untilReady();
		const proxy = `127.0.0.1:${proxyPort}`;
		const { sessionId, capabilities } = await this.#ask('POST', '/session', {
			capabilities: {
				alwaysMatch: {
					'webkitgtk:browserOptions': { binary: miniBrowser(), args: ['--automation'] },
					proxy: { proxyType: 'manual', httpProxy: proxy },
				},
			},
		});
		this.#session = `/session/${sessionId}`;
		this.version = capabilities.browserVersion;
		this.#first = await this.#ask('GET', `${this.#session}/window`);
	}

	async #untilReady() {
		const deadline = Date.now() + START_MS;
		for (;;) {
			const status = await this.#ask('GET', '/status').catch(() => undefined);
			if (status?.ready) return;
			if (Date.now() > deadline) throw new Error('WebKitWebDriver did not start');
			await sleep(20);
		}
	}

	/* Resolves to the handle of one more window. */
	async openWindow() {
		const asked = { type: 'window' };
		return (await this.inWindow(this.#first, 'POST', '/window/new', asked)).handle;
	}

	/* Asks something of one of its windows, as soon as those before were answered. */
	inWindow(handle, method, path, body) {
		return this.#take(async () => {
			if (this.#window !== handle) {
				await this.#ask('POST', `${this.#session}/window`, { handle });
				this.#window = handle;
			}
			return this.#ask(method, this.#session + path, body);
		});
	}

	/* Runs the body of a function in a window; its answer is JSON. */
	run(handle, script) {
		return this.inWindow(handle, 'POST', '/execute/sync', { script, args: [] });
	}

	async closeWindow(handle) {
		await this.inWindow(handle, 'DELETE', '/window');
	}

	async stop() {
		await this.#take(() => this.#ask('DELETE', this.#session)).catch(() => {});
		await end(this.#child);
		try {
			process.kill(-this.#child.pid, 'SIGKILL');
		} catch {
			/* Nobody of the group was left. */
		}
	}

	#take(task) {
		const done = this.#turn.then(task);
		this.#turn = done.catch(() => {});
		return done;
	}

	#ask(method, path, body) {
		return new Promise((resolve, reject) => {
			const request = http.request(
				{ host: '127.0.0.1', port: this.#port, method, path, agent: false },
				async (answer) => {
					let text = '';
					for await (const part of answer.setEncoding('utf8')) text += part;
					const { value } = JSON.parse(text);
					if (answer.statusCode === 200) resolve(value);
					else reject(new Error(`${method} ${path}: ${value.error}: ${value.message}`));
				},
			);
			request.on('error', reject);
			request.end(body && JSON.stringify(body));
		});
	}
}

/* Debian has it where no PATH leads. */
function miniBrowser() {
	const machine = execFileSync('dpkg-architecture', ['-qDEB_HOST_MULTIARCH'], { encoding: 'utf8' }).trim();
	const path = ['4.1', '4.0']
		.map((api) => `/usr/lib/${machine}/webkit2gtk-${api}/MiniBrowser`)
		.find(existsSync);
	if (path === undefined) throw new Error('there is no MiniBrowser (apt-get install webkit2gtk-driver)');
	return path;
}

function end(child) {
	if (child.exitCode !== null || child.signalCode !== null) return undefined;
	const ended = new Promise((resolve) => child.on('exit', resolve));
	child.kill();
	return ended;
}
