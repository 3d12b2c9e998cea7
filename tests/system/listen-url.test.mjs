// PGBELL_LISTEN_URL may lead to another database than the one that is read.  Its
// canaries come back all the same, so pgbell-stream compares what both servers say.

import assert from 'node:assert';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { writePrograms } from '../faults/programs.mjs';
import { copyServer } from '../lib/backup.mjs';
import { readLog } from '../lib/logfmt.mjs';
import { become } from '../lib/owner.mjs';
import { startPooler } from '../lib/pooler.mjs';
import { startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const run = promisify(execFile);

// A site whose PGBELL_LISTEN_URL names a service, and where that leads can be
// changed; pooled: its reader goes through a transaction pooler.
async function withSite({ pooled = false }, body) {
	const state = await mkdtemp(join(tmpdir(), 'pgbell-listen-'));
	await chmod(state, 0o755);
	const direct = { PGHOST: join(state, 'site/run'), PGPORT: '5432' };
	const services = join(state, 'services');
	const opened = [];
	const lead = async ({ host = direct.PGHOST, dbname = 'pgbell' }) => {
		await writeFile(`${services}.new`, `[listener]\nhost=${host}\nport=${direct.PGPORT}\ndbname=${dbname}\nuser=pgbell_stream\n`);
		await rename(`${services}.new`, services);
	};
	try {
		await lead({});
		const pooler = pooled && await startPooler(join(state, 'pooler'), { ...direct, settings: 'server_login_retry = 1' });
		if (pooler)
			opened.push(pooler.stop);
		await writePrograms(join(state, 'bin'), { 'pgbell-stream': { PGSERVICEFILE: services, ...pooler && { PGHOST: pooler.directory } } });
		const site = await startSite({
			state: join(state, 'site'), apis: 1,
			env: { PGBELL_BIN: join(state, 'bin'), PGBELL_LISTEN_URL: 'service=listener', PGBELL_CANARY_S: '1', PGBELL_FLOOR_S: '1',
				...pooled && { PGBELL_POOLER: 'transaction', PGBELL_PREPARE: 'off' } },
		});
		opened.unshift(() => site.stop());
		await site.superuser('create database elsewhere');
		await body(site, {
			state, opened,
			relead: async (where) => {
				await lead(where);
				await site.superuser("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pgbell-stream listener'");
			},
		});
	} finally {
		for (const stop of opened)
			await stop();
		await rm(state, { recursive: true, force: true });
	}
}

// Until: a listener that is being replaced is missed for a moment.
const untilHealth = (site, status, listener) => waitFor(`health to be ${status}`, async () => {
	const answer = await site.api('GET', '/api/health');
	return answer.status === status && listener.test(answer.body.listener) && answer.body;
});

// What was found out about the listener, in order.
const findings = async (site) => (await readLog(site, 'pgbell-stream')).filter(({ event }) => /^listener_/.test(event));

// As long as it would take to be found elsewhere.
async function assertStaysWell(site) {
	const canaries = [];
	const ear = await site.connect();
	ear.on('notification', ({ payload }) => payload.startsWith(' canary ') && canaries.push(payload));
	await ear.query('listen pgbell');
	await waitFor('some canaries', () => canaries.length >= 3);
	await ear.end();
	await untilHealth(site, 200, /^ok$/);
	assert.deepEqual(await findings(site), []);
}

async function assertElsewhere(site, alice) {
	const { status, database } = await untilHealth(site, 503, /PGBELL_LISTEN_URL/);
	assert.deepEqual([status, database], ['unavailable', 'ok']);
	assert.match((await site.api('GET', '/metrics')).body, /^pgbell_listener_up 0$/m);
	const stream = await site.stream(alice.token);
	await stream.next('connected'); // streams are opened, and get everything by the floor
	for (let i = 0; i < 2; i++) {
		await site.sql("select pgbell.notify($1, 'test')", [String(alice.id)]);
		await stream.next('new_notification');
	}
	stream.close();
}

for (const pooled of [false, true])
	test(`a listener in another database is found out, and found again${pooled ? ', behind a transaction pooler' : ''}`, () =>
		withSite({ pooled }, async (site, { relead }) => {
			const alice = await site.signUp();
			await assertStaysWell(site);
			await relead({ dbname: 'elsewhere' });
			await assertElsewhere(site, alice);
			const [{ level, event, listens_to, reads, same_server, hint }, ...others] = await findings(site);
			assert.deepEqual([level, event, listens_to, reads, same_server], ['error', 'listener_elsewhere', 'elsewhere', 'pgbell', 'yes']);
			assert.match(hint, /PGBELL_LISTEN_URL/);
			assert.deepEqual(others, [], 'it is said once');
			await relead({});
			await untilHealth(site, 200, /^ok$/);
			await site.waitUntilRinging(alice);
			assert.deepEqual((await findings(site)).map((it) => it.event), ['listener_elsewhere', 'listener_together']);
		}));

// Such as a database that was made of a snapshot to try things out: names, numbers
// and the system's identifier are the same.
test('a listener at a copy of the server is found out', () => withSite({}, async (site, { state, opened, relead }) => {
	const alice = await site.signUp();
	const [{ setting: bin }] = await site.superuser("select setting from pg_config where name = 'BINDIR'");
	const owner = await stat(join(site.state, 'pg'));
	const host = join(state, 'copy');
	await mkdir(host, { mode: 0o755 });
	await chown(host, owner.uid, owner.gid);
	const as = [...become(owner), '--'];
	await copyServer(site, join(host, 'data'));
	const copy = spawn('setpriv', [...as.slice(0, -1), '--pdeathsig=INT', '--', join(bin, 'postgres'), '-D', join(host, 'data'),
		'-c', `unix_socket_directories=${host}`, '-c', 'external_pid_file=', '-c', 'listen_addresses='], { cwd: '/', stdio: 'ignore' });
	const ended = once(copy, 'exit');
	opened.push(async () => {
		copy.kill('SIGQUIT');
		await ended;
	});
	await waitFor('the copy', () => run('pg_isready', ['-h', host]).then(() => true, () => false));
	await relead({ host });
	await assertElsewhere(site, alice);
	const [{ event, listens_to, reads, same_server }] = await findings(site);
	assert.deepEqual([event, listens_to, reads, same_server], ['listener_elsewhere', 'pgbell', 'pgbell', 'no']);
}));
