// What `make run` promises (deploy/dev/run): a site that starts quickly, keeps
// its data, mends itself, and leaves nothing behind.

import assert from 'node:assert';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, readdir, rm, stat, unlink } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findFreePort, processesIn, root, startSite } from '../lib/site.mjs';
import { PATIENCE_MS, waitFor } from '../lib/wait.mjs';

const run = promisify(execFile);
const isRoot = process.getuid() === 0;
const programs = process.env.PGBELL_BIN ?? join(root, 'build/checked');
const NOBODY = 65534;

let scratch; // for the states and copies that outlive one site

before(async () => {
	scratch = await mkdtemp(join(tmpdir(), 'pgbell-setup-'));
	await chmod(scratch, 0o755);
});

after(() => rm(scratch, { recursive: true, force: true }));

test('a_second_start_is_quick_and_keeps_the_data', async () => {
	const state = join(scratch, 'twice');
	const first = await startSite({ state });
	await first.sql("select pgbell.notify('42', 'answer', '{}')");
	await first.stop();

	const times = []; // of some starts, since the machine may have other things to do
	do {
		assert.ok(times.length < 5, `it took ${times} ms`);
		const began = Date.now();
		const second = await startSite({ state });
		times.push(Date.now() - began);
		const [{ count }] = await second.sql("select count(*)::int from pgbell.notification where user_id = '42'");
		const accounts = await second.sql('select username from qa.account order by id');
		await second.stop();
		assert.equal(count, 1);
		assert.deepEqual(accounts, [{ username: 'alice' }, { username: 'bob' }]);
	} while (times.at(-1) >= 5000);
});

test('each_program_has_a_pid_file', async () => {
	const site = await startSite({ apis: 3, streams: 2 });
	const files = (await readdir(join(site.state, 'run'))).filter((name) => name.endsWith('.pid')).sort();
	assert.deepEqual(files, ['nginx.pid', 'pgbell-api-2.pid', 'pgbell-api-3.pid', 'pgbell-api.pid',
		'pgbell-stream-2.pid', 'pgbell-stream.pid', 'postgres.pid', 'supervisor.pid']);
	for (const file of files) {
		assert.match(await readFile(join(site.state, 'run', file), 'utf8'), /^\d+\n$/);
		const command = await commandOf(await site.pid(file.replace(/\.pid$/, '')));
		assert.ok(command.includes(file.replace(/(-\d)?\.pid$/, '').replace('supervisor', 'deploy/dev/run')), command);
	}
	await site.stop();
});

test('a_shell_that_reads_env_finds_the_database', async () => {
	const site = await startSite();
	const { stdout } = await run('sh', ['-c', '. "$1/env"; psql -Atc "select current_user, current_database()"', 'sh', site.state]);
	assert.equal(stdout, 'pgbell_owner|pgbell\n');
	await site.stop();
});

test('a_program_that_is_killed_comes_back', async () => {
	const site = await startSite();
	for (const program of ['pgbell-stream', 'pgbell-api', 'pgbell-api-2', 'nginx', 'postgres']) {
		const pid = await site.pid(program);
		process.kill(pid, 'SIGKILL');
		const again = await waitFor(`another ${program}`, async () => {
			const now = await site.pid(program).catch(() => pid);
			return now !== pid && now;
		});
		assert.notEqual(again, pid);
		await site.waitUntilHealthy();
	}
	const { status } = await site.api('GET', '/api/questions');
	assert.equal(status, 200);
	await site.stop();
});

test('no_request_is_refused_while_the_workers_start_again', async () => {
	const site = await startSite({ apis: 1 });
	process.kill(await site.pid('pgbell-api'), 'SIGKILL');
	await sleep(20);
	const { status } = await site.api('GET', '/api/questions');
	assert.equal(status, 200);
	await site.stop();
});

test('a_program_that_dies_again_and_again_is_started_more_and_more_slowly', async () => {
	const site = await startSite();
	const began = Date.now();
	for (let death = 0; death < 4; death++) {
		const pid = await waitFor('pgbell-api', () => site.pid('pgbell-api').catch(() => 0));
		process.kill(pid, 'SIGKILL');
		await waitFor('its end', async () => await site.pid('pgbell-api').catch(() => 0) !== pid);
	}
	await waitFor('pgbell-api', () => site.pid('pgbell-api').catch(() => 0));
	const tookMs = Date.now() - began; // 0 + 0.25 + 0.5 + 1 s at least
	await site.stop();
	assert.ok(tookMs > 1700 && tookMs < 20_000, `five starts took ${tookMs} ms`);
});

test('a_postgres_that_an_operator_restarts_is_adopted', async () => {
	const site = await startSite();
	await pgCtl(site, 'restart');
	await waitFor('the adoption', async () => /adopting/.test(await readFile(site.logs, 'utf8')));
	const pid = await site.pid('postgres');
	await site.waitUntilHealthy();
	await sleep(1000);
	assert.equal(await site.pid('postgres'), pid, 'it was left alone');
	process.kill(pid, 'SIGKILL');
	await waitFor('another postgres', async () => ![pid, 0].includes(await site.pid('postgres').catch(() => 0)));
	await site.waitUntilHealthy();
	await site.stop();
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
	test(`${signal}_stops_everything_with_status_0`, async () => {
		const site = await startSite();
		assert.ok((await processesIn(site.state)).length > 8);
		process.kill(await site.pid('supervisor'), signal);
		assert.equal(await site.exited, 0);
		assert.deepEqual(await processesIn(site.state), []);
		const left = (await readdir(join(site.state, 'run'))).filter((name) => /\.(pid|sock)$|PGSQL/.test(name));
		assert.deepEqual(left, []);
		await site.stop();
	});
}

test('the_programs_end_with_a_supervisor_that_is_killed', async () => {
	const state = join(scratch, 'killed');
	const site = await startSite({ state });
	process.kill(await site.pid('supervisor'), 'SIGKILL');
	await waitFor('the end of all', async () => (await processesIn(state)).length === 0);
	await site.stop();
	const again = await startSite({ state });
	await again.stop();
});

test('what_a_killed_supervisor_left_running_is_stopped_by_the_next', async () => {
	const state = join(scratch, 'left');
	const site = await startSite({ state });
	await pgCtl(site, 'restart');
	await waitFor('the adoption', async () => /adopting/.test(await readFile(site.logs, 'utf8')));
	process.kill(await site.pid('supervisor'), 'SIGKILL');
	await site.exited;
	const again = await startSite({ state });
	assert.match(await readFile(again.logs, 'utf8'), /stopping process \d+, left by an earlier run/);
	await again.stop();
	await site.stop();
});

test('a_state_that_is_in_use_is_refused', async () => {
	const site = await startSite();
	const failure = await failureOf(site.state, await findFreePort());
	assert.match(failure, /^a site runs in .* already \(pid \d+\)/m);
	assert.equal((await site.api('GET', '/api/questions')).status, 200);
	await site.stop();
});

test('a_port_that_is_in_use_is_refused_before_anything_is_started', async () => {
	const state = join(scratch, 'port');
	const server = net.createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => server.on('listening', resolve));
	const { port } = server.address();
	assert.match(await failureOf(state, port), new RegExp(`could not listen on 127.0.0.1:${port}: Address already in use`));
	server.close();
	assert.deepEqual((await readdir(state)).sort(), ['log', 'run']);
});

test('a_port_that_is_none_is_refused', async () => {
	assert.match(await failureOf(join(scratch, 'port'), 65536), /^PORT is from 1 to 65535$/m);
});

test('what_a_program_says_when_it_refuses_to_start_is_said_where_the_site_was_started', async () => {
	const words = ['--state', join(scratch, 'setting'), '--port', String(await findFreePort())];
	const child = spawn(join(root, 'deploy/dev/run'), words,
		{ env: { ...process.env, PGBELL_BIN: programs, PGBELL_HEARTBEAT_S: 'often' }, stdio: ['ignore', 'pipe', 'inherit'] });
	const ended = new Promise((resolve) => child.on('exit', resolve));
	let said = '';
	child.stdout.setEncoding('utf8').on('data', (text) => { said += text; });
	await waitFor('the words', () => said.includes('it said: '), 2 * PATIENCE_MS);
	child.kill();
	assert.equal(await ended, 0);
	assert.match(said, /pgbell-(api-\d|api|stream) ended with status \d; .*; it said: PGBELL_HEARTBEAT_S is "often", but must be a whole number/);
});

test('a_state_may_have_spaces_and_quotes_and_a_very_long_path', async () => {
	for (const name of ["a state with 'quotes' and $HOME", `${'long-'.repeat(30)}/state`]) {
		const state = join(scratch, name);
		const site = await startSite({ state });
		assert.deepEqual(await site.sql('select 1 as one'), [{ one: 1 }]);
		assert.equal((await site.api('GET', '/')).status, 200);
		await site.stop();
		await assert.rejects(stat(site.env.PGHOST === `${state}/run` ? '/nowhere' : site.env.PGHOST), { code: 'ENOENT' });
	}
});

test('a_state_may_move', async () => {
	const before = join(scratch, 'here');
	const first = await startSite({ state: before });
	await first.sql("select pgbell.notify('42', 'answer', '{}')");
	await first.stop();
	const state = join(scratch, 'there');
	await run('mv', [before, state]);
	const second = await startSite({ state });
	assert.equal((await second.sql('select from pgbell.notification')).length, 1);
	await second.stop();
});

test('an_ordinary_user_runs_it_too', { skip: !isRoot && 'needs root to become another user' }, async () => {
	const tree = await copyTree(join(scratch, 'tree'), 0o755);
	const state = join(scratch, 'of-nobody');
	await mkdir(state);
	await chown(state, NOBODY, NOBODY);
	await cp(programs, join(tree, 'bin'), { recursive: true, filter: (path) => path === programs || /pgbell-\w+$/.test(path) });
	const site = await startSite({ state, command: [...asNobody, `${tree}/deploy/dev/run`], env: { PGBELL_BIN: join(tree, 'bin') } });
	for (const program of ['postgres', 'nginx', 'pgbell-api', 'pgbell-stream'])
		assert.equal((await stat(`/proc/${await site.pid(program)}`)).uid, NOBODY);
	await site.signUp();
	await site.stop();
});

test('somebody_elses_state_is_refused', { skip: !isRoot && 'needs root to become another user' }, async () => {
	const state = join(scratch, 'of-root');
	await mkdir(state, { mode: 0o755 });
	const tree = await copyTree(join(scratch, 'tree'), 0o755);
	assert.match(await failureOf(state, await findFreePort(), [...asNobody, `${tree}/deploy/dev/run`]), /belongs to root/);
});

test('root_runs_it_in_a_directory_that_is_closed_to_others', { skip: !isRoot && 'needs root' }, async () => {
	const closed = await copyTree(join(scratch, 'closed'), 0o700);
	const site = await startSite({ state: join(closed, 'var'), command: [`${closed}/deploy/dev/run`] });
	assert.notEqual((await stat(`/proc/${await site.pid('postgres')}`)).uid, 0);
	await site.signUp();
	assert.equal((await site.api('GET', '/')).status, 200);
	await site.stop();
});

// --- what they share -----------------------------------------------------------

const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--pdeathsig=keep', '--'];

async function commandOf(pid) {
	return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
}

// pg_ctl as the one to whom the cluster belongs.
async function pgCtl(site, action) {
	const data = join(site.state, 'pg');
	const postgres = (await commandOf(await site.pid('postgres'))).split(' ')[0];
	const { uid, gid } = await stat(data);
	const command = [postgres.replace(/postgres$/, 'pg_ctl'), '-D', data, '-l', join(site.state, 'log/postgres.log'), '-w', '-m', 'fast', action];
	if (isRoot)
		command.unshift('setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--');
	execFileSync(command[0], command.slice(1), { cwd: '/', stdio: 'ignore' });
}

// What the supervisor says when it will not start.
async function failureOf(state, port, command = [join(root, 'deploy/dev/run')]) {
	const words = [...command.slice(1), '--state', state, '--port', String(port)];
	const outcome = await run(command[0], words, { env: { ...process.env, PGBELL_BIN: programs } }).catch((error) => error);
	assert.ok(outcome.code > 0, 'it failed');
	return outcome.stderr;
}

// A checkout at another place.
async function copyTree(tree, mode) {
	await rm(tree, { recursive: true, force: true });
	await mkdir(tree, { mode });
	for (const part of ['deploy', 'sql'])
		await cp(join(root, part), join(tree, part), { recursive: true });
	return tree;
}
