// deploy/systemd: the units are sound, their settings are those of --help, and the
// programs get on with what systemd does for them.  Where no systemd runs,
// tests/lib/manager.pl stands in for it, and follows the same units.

import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { request } from '../lib/http.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { root, startSite } from '../lib/site.mjs';
import { openStream } from '../lib/sse.mjs';
import { startService } from '../lib/units.mjs';
import { waitFor } from '../lib/wait.mjs';
import { programs } from '../lib/webserver.mjs';

const run = promisify(execFile);
const units = join(root, 'deploy/systemd');
const EXPOSURE_MAX = 1.5; // of 10, as systemd-analyze counts it

let scratch;
let site;
let started;

before(async () => {
	scratch = await mkdtemp(join(tmpdir(), 'pgbell-systemd-'));
	site = await startSite();
	const directory = join(site.state, 'systemd');
	const options = {
		units, bin: programs, directory, owner: await stat(join(site.state, 'pg')),
		logs: join(site.state, 'log'),
		environment: { PGHOST: site.env.PGHOST, PGPORT: site.env.PGPORT },
	};
	const api = await startService('pgbell-api', { ...options, count: 2 });
	const stream = await startService('pgbell-stream', { ...options, watchdogMs: 1000, environment: { ...options.environment, PGBELL_DRAIN_S: '1' } });
	await stream.heard(/^READY=1/);
	const nginx = await startNginx({
		directory: join(directory, 'nginx'), upstreams: { api: api.socket, stream: stream.socket },
		http: `include ${root}/deploy/nginx/http.conf;`, server: `root ${root}/deploy/www; include ${root}/deploy/nginx/pgbell.conf;`,
	});
	started = { api, stream, nginx };
});

after(async () => {
	for (const it of Object.values(started ?? {}))
		await it.stop();
	await site?.stop();
	await rm(scratch, { recursive: true, force: true });
});

const get = (path, token) => request(started.nginx.url + path, { headers: token ? { authorization: `Bearer ${token}` } : {} });
const listen = (token, headers = {}) =>
	openStream(`${started.nginx.url}/api/notifications/stream`, { headers: { authorization: `Bearer ${token}`, ...headers } });
const session = async (user) => (await site.sql('select token from pgbell.create_session($1)', [user]))[0].token;
const ring = (user, kind) => site.sql('select pgbell.notify($1, $2)', [user, kind]);

// Copies with the programs of this build in the place of the installed ones.
async function copyUnits() {
	const copy = await mkdtemp(join(scratch, 'units-'));
	await cp(units, copy, { recursive: true });
	for (const file of await readdir(copy))
		await writeFile(join(copy, file), (await readFile(join(copy, file), 'utf8')).replaceAll('/usr/local/bin', programs));
	await cp(join(copy, 'pgbell-api@.service'), join(copy, 'pgbell-api@1.service'));
	return copy;
}

test('systemd_finds_no_fault_in_the_units', async () => {
	const copy = await copyUnits();
	const files = (await readdir(copy)).filter((name) => /\.(service|socket|target)$/.test(name)).map((name) => join(copy, name));
	assert.equal(files.length, 7);
	const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', ...files]);
	assert.equal(stdout + stderr, '');
});

test('the_services_are_little_exposed', async () => {
	const copy = await copyUnits();
	for (const name of ['pgbell-api@1.service', 'pgbell-stream.service']) {
		const { stdout } = await run('systemd-analyze', ['security', '--offline=true', '--no-pager', join(copy, name)]);
		const [, level] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout);
		assert.ok(Number(level) <= EXPOSURE_MAX, `${name}: ${level}`);
	}
});

test('every_setting_is_explained_as_help_has_it', async () => {
	await run(join(root, 'deploy/dev/write-settings'), ['--check', programs]);
});

test('every_default_in_the_file_can_be_uncommented', async () => {
	const text = await readFile(join(units, 'pgbell.env'), 'utf8');
	const settings = [...text.matchAll(/^#(PGBELL_\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
	assert.ok(settings.length > 20);
	for (const program of ['pgbell-api', 'pgbell-stream']) {
		const { stderr, stdout } = await run(join(programs, program), ['--help'], { env: Object.fromEntries(settings) });
		assert.match(stdout, /^Usage/);
		assert.equal(stderr, '');
	}
	// Refused are not the settings, but that there is no socket.
	const failure = await run(join(programs, 'pgbell-stream'), { env: Object.fromEntries(settings) }).catch((error) => error);
	assert.match(failure.stderr, /standard input is no listening socket/);
});

test('requests_and_streams_are_served_by_the_sockets_of_the_units', async () => {
	const token = await session('ann');
	const stream = await listen(token);
	await stream.next('connected');
	await ring('ann', 'first');
	assert.equal((await stream.next('new_notification')).data.kind, 'first');
	assert.equal(JSON.parse((await get('/api/notifications', token)).text).notifications[0].kind, 'first');
	stream.close();
});

test('workers_that_are_killed_or_restarted_refuse_nobody', async () => {
	const token = await session('ben');
	const { api } = started;
	let isOver = false;
	const statuses = [];
	const client = (async () => {
		while (!isOver)
			statuses.push((await get('/api/notifications/unread-count', token)).status);
	})();
	for (const signal of ['SIGTERM', 'SIGTERM', 'SIGTERM']) {
		const before = [...api.pids];
		before.forEach((pid) => process.kill(pid, signal));
		await waitFor('others', () => api.pids.length === 2 && !api.pids.some((pid) => before.includes(pid)));
		const answered = statuses.length;
		await waitFor('answers', () => statuses.length > answered + 3);
	}
	isOver = true;
	await client;
	assert.ok(statuses.length > 10, `${statuses.length} requests`);
	assert.deepEqual([...new Set(statuses)], [200]);
	// 15: it was told so before it had begun.
	assert.deepEqual(api.ended.filter(([, status]) => status !== 0 && status !== 15), []);
});

test('the_stream_says_that_it_is_ready_alive_and_stopping', async () => {
	const { stream } = started;
	const [pid] = stream.pids;
	const alive = () => stream.messages.filter(([from, text]) => from === pid && text === 'WATCHDOG=1');
	const isSoon = ([, , at], i, all) => i > 0 && at - all[i - 1][2] < 900;
	await waitFor('signs of life twice in the time of the watchdog', () => alive().filter(isSoon).length >= 3);
	assert.equal(stream.messages.find(([from]) => from === pid)[1], 'READY=1');
	const mark = stream.messages.length;
	process.kill(pid, 'SIGTERM');
	assert.deepEqual((await stream.heard(/^(STOPPING|READY)=1/, mark)).slice(0, 2), [pid, 'STOPPING=1']);
	const [next] = await stream.heard(/^READY=1/, mark);
	assert.notEqual(next, pid);
});

test('a_restart_of_the_stream_refuses_nobody_and_loses_nothing', async () => {
	const token = await session('cem');
	const first = await listen(token);
	await first.next('connected');
	await ring('cem', 'one');
	const { id } = await first.next('new_notification');
	const mark = started.stream.messages.length;
	process.kill(started.stream.pids[0], 'SIGTERM');
	await first.ended;
	await ring('cem', 'two');
	const second = await listen(token, { 'last-event-id': id }); // before the next process is there, or after
	assert.equal(second.status, 200);
	assert.equal((await second.next('new_notification')).data.kind, 'two');
	await started.stream.heard(/^READY=1/, mark);
	second.close();
});

test('a_stream_process_that_stands_still_is_found_out_by_its_watchdog', async () => {
	const token = await session('dan');
	const first = await listen(token);
	await first.next('connected');
	const [pid] = started.stream.pids;
	const mark = started.stream.messages.length;
	process.kill(pid, 'SIGSTOP');
	await ring('dan', 'while it stood');
	await first.ended;
	const [next] = await started.stream.heard(/^READY=1/, mark);
	assert.notEqual(next, pid);
	const second = await listen(token, { 'last-event-id': '0' });
	assert.equal((await second.next('new_notification')).data.kind, 'while it stood');
	second.close();
});

test('a_database_that_is_away_is_no_reason_to_be_started_again', async () => {
	const directory = join(site.state, 'systemd-alone');
	const service = await startService('pgbell-stream', {
		units, bin: programs, directory, owner: await stat(join(site.state, 'pg')), watchdogMs: 1000,
		logs: join(site.state, 'log'),
		environment: { PGHOST: '/nowhere', PGBELL_DRAIN_S: '0' },
	});
	await service.heard(/^READY=1/);
	await waitFor('signs of life', () => service.messages.length > 5);
	assert.deepEqual(service.ended, []);
	await service.stop();
	assert.deepEqual(service.ended.map(([, status]) => status), [0]);
});
