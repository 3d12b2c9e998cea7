// A whole private site for a test: PostgreSQL, nginx, pgbell-stream and
// pgbell-api under the supervisor of `make run`, in a temporary directory.
//
//   const site = await startSite({ apis: 2, env: { PGBELL_HEARTBEAT_S: '1' } });
//   const alice = await site.signUp();
//   const stream = await site.stream(alice.token);
//   …
//   await site.stop();
//
// Options: apis (2), streams (1), env (settings of the programs; heartbeats come
// only where it says how often, since they may come between any two events); and
// for the tests of the supervisor itself: state (a directory that stop() leaves),
// port, command (how the supervisor is called).
//
// The programs are those in $PGBELL_BIN, by default the ones built with
// AddressSanitizer and UndefinedBehaviorSanitizer; stop() throws when
// one of them had something to report.  The logs stay in build/logs/.
//
// PostgreSQL is the newest that Debian has here, or of version $PG (tests/postgres).

import assert from 'node:assert';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { cp, mkdir, mkdtemp, open, readFile, readdir, readlink, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { callApi, fieldsOf } from './api.mjs';
import { request } from './http.mjs';
import { openStream } from './sse.mjs';
import { PATIENCE_MS } from './wait.mjs';
import { openSocket } from './websocket.mjs';

export const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');

// The programs of PostgreSQL $PG; whatever a test calls is of that version too, where there is one.
if (process.env.PG) {
	process.env.PGBELL_POSTGRES ??= execFileSync(join(root, 'tests/postgres/find'), [process.env.PG], { encoding: 'utf8' }).trim();
	process.env.PATH = `${process.env.PGBELL_POSTGRES}:${process.env.PATH}`;
}

const START_MS = 60_000;
const STOP_MS = 45_000;
const LEFTOVER_MS = 2_000;
const SANITIZER = /^.*(?:ERROR: \w+Sanitizer|runtime error:|Sanitizer:DEADLYSIGNAL).*$/m;

const running = new Set();

export async function startSite(options = {}) {
	const site = new Site(options);
	running.add(site);
	await site.start();
	return site;
}

// A test that failed has not come to its stop().  Deferred, so that the test
// file's own hooks stand before this one.
if (process.argv[1]?.endsWith('.test.mjs'))
	setImmediate(() => after(() => Promise.allSettled([...running].map((site) => site.stop()))));

class Site {
	#options;
	#child;
	exited;               // promise of the supervisor's exit status or signal
	#clients = new Map(); // user → the shared client, or a promise of it
	#stopped;             // promise of the end of stop()
	#opened = [];         // what stop() closes

	constructor(options) {
		this.#options = options;
	}

	// --- its life ------------------------------------------------------------

	async start() {
		const { apis = 2, streams = 1, env = {}, command = [join(root, 'deploy/dev/run')] } = this.#options;
		this.state = this.#options.state ?? await mkdtemp(join(tmpdir(), 'pgbell-test-'));
		this.port = this.#options.port ?? await findFreePort();
		this.url = `http://127.0.0.1:${this.port}`;
		this.logs = join(this.state, 'supervisor.log');
		await mkdir(this.state, { recursive: true });

		const log = await open(this.logs, 'a');
		const { size } = await log.stat();
		// setpriv: it stops with us, also when a time limit kills us.
		this.#child = spawn('setpriv',
			['--pdeathsig=TERM', '--', ...command, '--port', this.port, '--state', this.state, '--apis', apis, '--streams', streams].map(String),
			{ env: cleanEnvironment(env), stdio: ['ignore', log.fd, log.fd] });
		this.exited = new Promise((resolve) => this.#child.on('exit', (code, signal) => resolve(code ?? signal)));
		await log.close();

		const outcome = await Promise.race([this.#announcement(size), this.exited, sleep(START_MS, 'no end in time', { ref: false })]);
		if (outcome !== 'ready') {
			const logs = await this.#tailLogs();
			await this.stop().catch(() => {});
			throw new Error(`the site did not start (${outcome})\n${logs}`);
		}
		this.env = await this.#readEnv();
	}

	// Stop everything; once, however often it is called.  Throws if a program had
	// a sanitizer's report to make, or if the supervisor, unless it is gone
	// already, does not end in good order.
	stop() {
		running.delete(this);
		this.#stopped ??= this.#stop();
		return this.#stopped;
	}

	async #stop() {
		for (const thing of this.#opened.splice(0))
			await thing();
		this.#clients.clear();
		const expected = await Promise.race([this.exited, 0]);
		this.#child.kill('SIGTERM');
		const status = await Promise.race([this.exited, sleep(STOP_MS, 'no end in time', { ref: false })]);
		this.#child.kill('SIGKILL');
		const report = await this.#findReport();
		const left = await this.#findLeftovers();
		await this.#keepLogs();
		if (!this.#options.state)
			await rm(this.state, { recursive: true, force: true });
		assert.equal(report, null, report);
		assert.equal(status, expected, `the supervisor ended with ${status}`);
		assert.deepEqual(left, [], 'something was left running');
	}

	// What was killed is gone a moment later.
	async #findLeftovers() {
		let left = await processesIn(this.state);
		for (const deadline = Date.now() + LEFTOVER_MS; left.length > 0 && Date.now() < deadline; left = await processesIn(this.state))
			await sleep(20);
		return left;
	}

	// The supervisor says so when every program is up and /api/health answers 200.
	async #announcement(offset) {
		while (this.#child.exitCode === null && this.#child.signalCode === null) {
			if ((await readFile(this.logs)).subarray(offset).includes('pgbell runs at'))
				return 'ready';
			await sleep(20);
		}
		return this.exited;
	}

	async waitUntilHealthy(timeoutMs = PATIENCE_MS) {
		const deadline = Date.now() + timeoutMs;
		let last;
		do {
			last = await request(`${this.url}/api/health`).then((answer) => answer.status, (error) => error.code);
			if (last === 200)
				return;
			await sleep(30);
		} while (Date.now() < deadline);
		throw new Error(`/api/health answered ${last} for ${timeoutMs} ms`);
	}

	// The pid of a program: 'pgbell-stream', 'pgbell-api', 'pgbell-api-2', 'nginx', 'postgres'.
	async pid(program) {
		return Number(await readFile(join(this.state, 'run', `${program}.pid`), 'utf8'));
	}

	// --- its database ----------------------------------------------------------

	// The rows of one statement, as the owner.
	sql(text, params) {
		return this.#query('pgbell_owner', text, params);
	}

	superuser(text, params) {
		return this.#query('postgres', text, params);
	}

	// A client that a statement broke is not asked again.
	async #query(user, text, params) {
		const client = await this.#sharedClient(user);
		try {
			return (await client.query(text, params)).rows;
		} catch (error) {
			if (!(error instanceof pg.DatabaseError) || error.severity !== 'ERROR')
				this.#clients.delete(user);
			throw error;
		}
	}

	// A connection of its own, for tests with two of them.
	async connect({ user = 'pgbell_owner', host = this.env.PGHOST, database = this.env.PGDATABASE } = {}) {
		const client = new pg.Client({
			host, port: Number(this.env.PGPORT), database, user,
		});
		client.on('error', () => {}); // PostgreSQL goes away in some tests
		await client.connect();
		this.#opened.push(() => client.end().catch(() => {}));
		return client;
	}

	async #sharedClient(user) {
		if (!this.#clients.has(user)) {
			const client = this.connect({ user });
			this.#clients.set(user, client);
			client.then((it) => it.on('end', () => this.#clients.delete(user)), () => this.#clients.delete(user));
		}
		return this.#clients.get(user);
	}

	// --- its front door --------------------------------------------------------

	// One request; body: an object goes as JSON, a string as it is.
	api(method, path, options) {
		return callApi((headers, body) => request(this.url + path, { method, headers, body }), options);
	}

	// A new account that is signed in.
	async signUp(name = `user-${randomBytes(5).toString('hex')}`) {
		const account = { username: name, password: randomBytes(12).toString('hex') };
		const created = await this.api('POST', '/api/users', { body: account });
		assert.equal(created.status, 201, JSON.stringify(created.body));
		const session = await this.api('POST', '/api/session', { body: account });
		assert.equal(session.status, 201, JSON.stringify(session.body));
		return { id: created.body.id, ...account, token: session.body.token };
	}

	// An event stream (sse.mjs), of nobody where token is undefined.
	async stream(token, { lastEventId, query = '', headers } = {}) {
		const url = new URL(`${this.url}/api/notifications/stream`);
		url.search = new URLSearchParams(query);
		const stream = await openStream(url, { headers: fieldsOf({ token, lastEventId, headers }) });
		this.#opened.push(() => stream.close());
		return stream;
	}

	// A WebSocket (websocket.mjs); path: of another address than the socket's.
	async socket(token, { query = '', headers = {}, path = '/api/notifications/socket' } = {}) {
		const search = String(new URLSearchParams(query));
		const { host, hostname, port } = new URL(this.url);
		const socket = await openSocket({ port: Number(port), host: hostname }, path + (search && `?${search}`),
			{ host, headers: { ...(token && { Authorization: `Bearer ${token}` }), ...headers } });
		this.#opened.push(() => socket.destroy());
		return socket;
	}

	// Healthy, and what is inserted for this person rings.
	async waitUntilRinging({ id, token }) {
		await this.waitUntilHealthy();
		const stream = await this.stream(token);
		await stream.next('connected');
		await this.sql(`select pgbell.notify($1, 'test')`, [String(id)]);
		await stream.next('new_notification');
		stream.close();
	}

	// --- its logs --------------------------------------------------------------

	async #readEnv() {
		const { stdout } = await promisify(execFile)('sh', ['-c', '. "$1/env"; env -0', 'sh', this.state]);
		return Object.fromEntries(stdout.split('\0').map((line) => line.split(/=(.*)/s, 2)).filter(([name]) => /^PG[A-Z]+$/.test(name)));
	}

	async #logFiles() {
		const names = await readdir(join(this.state, 'log')).catch(() => []);
		return [this.logs, ...names.map((name) => join(this.state, 'log', name))];
	}

	async #findReport() {
		for (const file of await this.#logFiles()) {
			const text = await readFile(file, 'utf8');
			const found = SANITIZER.exec(text);
			if (found)
				return `${basename(file)} has a report:\n${text.slice(found.index, found.index + 4000)}`;
		}
		return null;
	}

	async #tailLogs() {
		const tails = (await this.#logFiles()).map(async (file) => {
			const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
			return `--- ${basename(file)}\n${lines.slice(-15).join('\n')}`;
		});
		return (await Promise.all(tails)).join('\n');
	}

	// Where tests/run looks for what to show when a test fails.
	async #keepLogs() {
		const test = basename(process.argv[1] ?? 'site').replace(/\..*/, '');
		const kept = join(root, 'build/logs', test, String(this.port));
		await rm(kept, { recursive: true, force: true });
		for (const file of await this.#logFiles())
			await cp(file, join(kept, basename(file)), { recursive: true });
	}
}

// The supervisor's environment: ours, without what would lead it elsewhere.
function cleanEnvironment(settings) {
	const kept = Object.entries(process.env).filter(([name]) => !/^(PG|NODE_)/.test(name));
	return {
		...Object.fromEntries(kept),
		PGBELL_BIN: process.env.PGBELL_BIN ?? join(root, 'build/checked'),
		...(process.env.PGBELL_POSTGRES && { PGBELL_POSTGRES: process.env.PGBELL_POSTGRES }),
		LC_ALL: 'C.UTF-8',
		PGBELL_HEARTBEAT_S: '3600',
		...settings,
	};
}

// The processes that work in this directory or below it: [{ pid, command }].
export async function processesIn(directory) {
	const found = await Promise.all((await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(async (pid) => {
		const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
		if (cwd !== directory && !cwd.startsWith(`${directory}/`))
			return [];
		const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
		return [{ pid: Number(pid), command: command.replaceAll('\0', ' ').trim() }];
	}));
	return found.flat();
}

// A port that nobody listens on, below those that the kernel gives outgoing
// connections: one of these could take it before the server does.
export async function findFreePort() {
	for (;;) {
		const port = randomInt(10_000, 32_000);
		const server = net.createServer();
		const isFree = await new Promise((resolve) => {
			server.on('error', () => resolve(false));
			server.listen(port, '127.0.0.1', () => resolve(true));
		});
		if (isFree) {
			await new Promise((resolve) => { server.close(resolve); });
			return port;
		}
	}
}
