// The logs: every line of our programs is logfmt, whoever had something to
// say, and no secret is in any line of anybody's.

import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { requestFastcgi } from '../lib/fastcgi.mjs';
import { request } from '../lib/http.mjs';
import { parseLine, readLog } from '../lib/logfmt.mjs';
import { parseMetrics } from '../lib/metrics.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { requestRaw } from '../lib/raw.mjs';
import { root, startSite } from '../lib/site.mjs';
import { openStream } from '../lib/sse.mjs';
import { startService } from '../lib/units.mjs';
import { waitFor } from '../lib/wait.mjs';
import { programs } from '../lib/webserver.mjs';

const STREAM = '/api/notifications/stream';

let site, alice;

before(async () => {
	site = await startSite({ env: { PGBELL_LOG_LEVEL: 'debug' } });
	alice = await site.signUp();
});
after(() => site.stop());

test('what the database says unasked stands in a line of the log like all else', async () => {
	const stream = await site.stream(alice.token);
	await stream.next('connected');
	const ended = await site.superuser(`select pg_terminate_backend(pid) from pg_stat_activity
		where application_name like 'pgbell-stream%'`);
	assert.equal(ended.length, 2);
	await site.sql('select pgbell.notify($1, $2)', [String(alice.id), 'test']);
	await stream.next('new_notification'); // it has found its way back
	const lost = await waitFor('a line for each connection', async () => {
		const log = await readLog(site, 'pgbell-stream'); // which throws at a line that is none
		assert.ok(log.every((entry) => entry.program === 'pgbell-stream' && entry.level && entry.event));
		const found = log.filter(({ event }) => event === 'database_lost');
		return found.length >= 2 && found;
	});
	assert.deepEqual(lost.map(({ link }) => link).sort(), ['pgbell-stream listener', 'pgbell-stream reader']);
	assert.ok(lost.every(({ error }) => /terminat|closed/.test(error)));
	stream.close();
});

test('a message of the database with quotes in it is one value of the log', async () => {
	const message = 'No "quotes" \\ here,\nno level=error event=forged either.';
	await site.sql('alter function pgbell.check_health rename to check_health_before');
	await site.sql(`create function pgbell.check_health(token text) returns jsonb language plpgsql
		as $$ begin raise exception using message = '${message.replaceAll("'", "''")}'; end $$`);
	await site.sql('grant execute on function pgbell.check_health to pgbell_api');
	// nginx asks the stream for this; the api is asked past it.
	const answer = await requestFastcgi(join(site.state, 'run/api.sock'), { REQUEST_METHOD: 'GET', REQUEST_URI: '/api/health' });
	assert.equal(answer.status, 500);
	assert.ok(!JSON.stringify(answer.body).includes('quotes'), 'and none of the client\'s business');
	const failed = (await readLog(site, 'pgbell-api')).find(({ event }) => event === 'call_failed');
	assert.deepEqual([failed.level, failed.function, failed.sqlstate, failed.message], ['error', 'pgbell.check_health', 'P0001', message]);
});

// --- whoever reads it is slow ------------------------------------------------------------

const OPENINGS = 3000, AT_ONCE = 60, SIP_BYTES = 200, SIP_MS = 3;

// A program whose standard error is a pipe of ours, behind an nginx of its own.
async function startPiped() {
	const directory = join(site.state, 'piped'), fifo = join(directory, 'stderr');
	await mkdir(directory);
	await promisify(execFile)('mkfifo', ['-m', '666', fifo]);
	const log = await open(fifo, constants.O_RDWR | constants.O_NONBLOCK);
	const stream = await startService('pgbell-stream', {
		units: join(root, 'deploy/systemd'), bin: programs, directory, owner: await stat(join(site.state, 'pg')), logs: join(site.state, 'log'),
		environment: { PGHOST: site.env.PGHOST, PGPORT: site.env.PGPORT, PGBELL_MAX_STREAMS_PER_USER: '10000', PGBELL_OPEN_WAIT_S: '2' },
		wrap: ['sh', '-c', `exec "$@" 2<>'${fifo}'`, 'sh'],
	});
	const nginx = await startNginx({
		directory: join(directory, 'nginx'), upstreams: { api: join(site.state, 'run/api.sock'), stream: stream.socket },
		http: `include ${root}/deploy/nginx/http.conf;`, server: `include ${root}/deploy/nginx/pgbell.conf;`,
	});
	let stopped;
	return { log, url: nginx.url, stop: () => stopped ??= nginx.stop().then(() => stream.stop()) };
}

test('whoever reads the log slowly holds up no stream, and is told how many lines were left out', async (t) => {
	const piped = await startPiped();
	t.after(() => piped.stop());
	let text = '', isThirsty = false, isOver = false;
	const reading = (async () => {
		const bytes = Buffer.alloc(65536);
		for (let isEmpty = false; !isOver || !isEmpty; ) {
			const { bytesRead } = await piped.log.read(bytes, 0, isThirsty ? bytes.length : SIP_BYTES).catch(() => ({ bytesRead: 0 }));
			text += bytes.subarray(0, bytesRead).toString('latin1');
			isEmpty = bytesRead === 0;
			await sleep(isThirsty ? 0 : SIP_MS);
		}
	})();
	let opened = 0;
	await Promise.all(Array.from({ length: AT_ONCE }, async () => {
		while (opened < OPENINGS) {
			opened++;
			const stream = await openStream(`${piped.url}${STREAM}`, { headers: { authorization: `Bearer ${alice.token}` } });
			assert.equal((await stream.next()).event, 'connected', 'and not sent away');
			stream.close();
		}
	}));
	const count = async () => parseMetrics((await request(`${piped.url}/metrics`)).text);
	const { samples } = await waitFor('all to be gone', async () => {
		const metrics = await count();
		return metrics.samples.get('pgbell_streams') === 0 && metrics;
	});
	isThirsty = true;
	await piped.stop();
	isOver = true;
	await reading;
	const lines = text.split('\n').filter(Boolean).map(parseLine).filter(({ program }) => program === 'pgbell-stream');
	const lost = lines.filter(({ event }) => event === 'lines_lost').reduce((sum, line) => sum + Number(line.lines), 0);
	assert.ok(lost > 0 && lost >= samples.get('pgbell_log_lines_lost_total'));
	const told = lines.filter(({ event }) => event === 'stream_opened' || event === 'stream_closed').length;
	// Among what was left out there may be something else that a busy machine made it say.
	assert.ok(told + lost >= 2 * OPENINGS && told + lost <= 2 * OPENINGS + 20, `${told} are there and ${lost} counted`);
});

// --- secrets ---------------------------------------------------------------------------

// All that is in the logs, of our programs and of those around them.
async function readAll() {
	const names = await readdir(join(site.state, 'log'));
	assert.ok(['access.log', 'nginx.log', 'pgbell-api.log', 'pgbell-stream.log', 'postgres.log'].every((name) => names.includes(name)));
	const texts = await Promise.all(names.map((name) => readFile(join(site.state, 'log', name), 'utf8')));
	return [...texts, await readFile(site.logs, 'utf8')].join('\n');
}

// Whatever comes of it; of a stream, its beginning.
function requestPath(path, method = 'GET', { token, cookie, headers = {} } = {}) {
	const sent = { ...headers, ...token && { authorization: `Bearer ${token}` }, ...cookie && { cookie } };
	return requestRaw(site.port, { method, target: path, headers: Object.entries(sent) });
}

// Show a token and a ticket in every way and place that there is.
async function show(token, ticket) {
	const queries = [`token=${token}`, `ticket=${ticket}`, `last_event_id=1&token=${token}&x=%zz`, `token=${token}&ticket=${ticket}`];
	const ways = [
		{ token }, { token: ticket }, { token: `${token}${'='.repeat(600)}` }, { token: `${token} ${token}` },
		{ headers: { authorization: `Basic ${token}` } }, { token, headers: { 'last-event-id': token } },
		{ cookie: `pgbell_session=${token}` }, { cookie: `pgbell_session=${token}; pgbell_session=${token}` },
	];
	for (const path of [STREAM, `${STREAM}/stats`, `${STREAM}s`, '/api/health', '/metrics', '/api/nothing', '/api/questions', '/api/notifications'])
		await Promise.all([
			...queries.map((query) => requestPath(`${path}?${query}`)),
			...ways.flatMap((way) => ['GET', 'POST', 'PUT', 'FOO'].map((method) => requestPath(path, method, way))),
		]);
}

test('no token, ticket or password is in any log, also when things go wrong', async () => {
	const { username, password } = alice;
	const sessions = await Promise.all([1, 2, 3].map(() => site.api('POST', '/api/session', { body: { username, password } })));
	const tokens = sessions.map(({ body }) => body.token);
	const tickets = await Promise.all(tokens.map(async (token) => (await site.api('POST', '/api/session/ticket', { token })).body.ticket));
	for (const body of [`{"username":"${username}","password":"${password}"`, { username, password: `${password}x` }, { username: password, password }])
		assert.ok((await site.api('POST', '/api/session', { body })).status >= 400);
	assert.equal((await site.api('POST', '/api/users', { body: { username, password } })).status, 409);
	await show(tokens[0], tickets[0]);

	// Nobody listens: nginx cannot connect, and has something to say of its own.
	for (const [name, requests] of [
		['stream', [[`${STREAM}?token=${tokens[1]}`], [`${STREAM}?ticket=${tickets[1]}`], ['/api/health', 'GET', { token: tokens[1] }]]],
		['api', [['/api/questions', 'GET', { token: tokens[1] }], ['/api/session', 'DELETE', { cookie: `pgbell_session=${tokens[1]}` }]]],
	]) {
		const socket = join(site.state, `run/${name}.sock`);
		await rename(socket, `${socket}.away`);
		for (const request of requests)
			assert.equal((await requestPath(...request)).status, request[0].startsWith(STREAM) ? 200 : 502, 'a stream is told to come back');
		await rename(`${socket}.away`, socket);
	}

	// The program dies with streams in its hands.
	const streams = await Promise.all([{ token: tokens[2] }, { ticket: tickets[2] }].map((query) => site.stream(undefined, { query })));
	await Promise.all(streams.map((stream) => stream.next('connected')));
	process.kill(await site.pid('pgbell-stream'), 'SIGKILL');
	await Promise.all(streams.map((stream) => stream.ended));
	await site.waitUntilHealthy();

	const text = await readAll();
	assert.match(text, /connect\(\) to unix:.* failed/, 'nginx had something to say');
	for (const secret of [...tokens, ...tickets, password, alice.token])
		assert.ok(!text.includes(secret), text.split('\n').find((line) => line.includes(secret)));
});

test('PostgreSQL, told to log every statement with its parameters, logs no token, ticket or device; and passwords only until it is told not to', async () => {
	const log = join(site.state, 'log/postgres.log');
	const setting = async (words) => {
		await site.superuser(`alter system ${words}`);
		await site.superuser('select pg_reload_conf()');
	};
	const logged = async (action) => {
		const before = (await readFile(log, 'utf8')).length;
		await action();
		return (await readFile(log, 'utf8')).slice(before);
	};
	const { username, password } = alice;
	const secrets = [];
	const live = async () => {
		let device = '';
		for (let i = 0; i < 2; i++) {
			const { body } = await site.api('POST', '/api/session', { body: { username, password, device } });
			device = body.device;
			secrets.push(body.token, device);
		}
		const token = secrets.at(-2);
		const own = { cookie: `pgbell_session=stale; pgbell_session=${token}`, headers: { 'sec-fetch-site': 'same-origin' } };
		const tickets = await Promise.all([{ token }, own, own].map(async (way) => (await site.api('POST', '/api/session/ticket', way)).body.ticket));
		secrets.push(...tickets);
		await site.api('POST', '/api/session', { body: { username, password: 'wrong', device } });
		for (const way of [{ query: { token } }, { query: { ticket: tickets[0] } }, { query: { ticket: `${tickets[1]}x` } }, { headers: own }]) {
			const stream = await site.stream(undefined, way);
			stream.close();
		}
		for (const way of [{ query: { token } }, { query: { ticket: tickets[2] } }, { headers: { Cookie: own.cookie, 'Sec-Fetch-Site': 'same-origin', Origin: site.url } }]) {
			const socket = await site.socket(undefined, way);
			for (const command of [{ command: 'read', id: 999999 }, { command: 'read_all' }, { command: 'follow', topic: 'public:log' }])
				await socket.ask({ n: 1, ...command });
			socket.close();
		}
		for (const [method, path] of [['GET', '/api/notifications'], ['PUT', '/api/notifications/read-all'], ['PUT', '/api/notifications/999999/read'],
			['POST', '/api/session/renew'], ['DELETE', '/api/session'], ['GET', '/api/notifications']])
			await site.api(method, path, own);
		await site.api('GET', '/api/notifications', { token: `${token}x` });
	};
	const expectNoSecret = (text) => {
		for (const secret of secrets)
			assert.ok(!text.includes(secret), text.split('\n').find((line) => line.includes(secret)));
	};

	await setting('set log_min_duration_statement = 0');
	await setting('set log_parameter_max_length_on_error = -1');
	const text = await logged(live);
	assert.match(text, /qa\.sign_in[^]*[pP]arameters: \$1 = NULL, \$2 = /, 'it does log them');
	for (const name of ['open_streams', 'run_commands'])
		assert.match(text, new RegExp(`pgbell\\.${name}[^]*sha256:[0-9a-f]{64}`));
	assert.ok(text.includes(password), 'what cannot be helped');
	expectNoSecret(text);

	await site.superuser('alter role pgbell_api set log_parameter_max_length = 0');
	await site.superuser('alter role pgbell_api set log_parameter_max_length_on_error = 0');
	for (const name of ['pgbell-api', 'pgbell-api-2'])
		process.kill(await site.pid(name), 'SIGTERM');
	await waitFor('the workers', async () => (await site.api('GET', '/api/questions')).status === 200);
	const quiet = await logged(live);
	assert.match(quiet, /qa\.sign_in/);
	assert.ok(!quiet.includes(password), 'and now it does not');
	expectNoSecret(quiet);
	await setting('reset log_min_duration_statement');
	await setting('reset log_parameter_max_length_on_error');
});
