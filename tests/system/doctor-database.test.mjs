// pgbell-doctor and the database: what it says of a server, or of a pooler in front of it, that is not
// as it should be.

import assert from 'node:assert';
import { execFile, spawn } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import { copyServer } from '../lib/backup.mjs';
import { directory, doctor, examine, expectFinding, owner, scratch, site, startPatient, stopPatient } from '../lib/doctor.mjs';
import { startMessageProxy } from '../lib/message-proxy.mjs';
import { FORGETS_PREPARED, keepsPrepared, startPooler } from '../lib/pooler.mjs';
import { root } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const run = promisify(execFile);
const isRoot = process.getuid() === 0;

before(startPatient);
after(stopPatient);

test('a_database_that_cannot_be_reached', () =>
	expectFinding('database.reachable', 'failure', /nowhere/, { env: { PGHOST: '/nowhere' } }));

test('a_setting_that_the_programs_refuse', () =>
	expectFinding('host.settings', 'failure', /PGBELL_CANARY_S is "soon"/, { env: { PGBELL_CANARY_S: 'soon' } }));

async function throughProxy(change, body) {
	const proxy = await startMessageProxy(join(scratch, 'proxy'), { host: site.env.PGHOST, port: site.env.PGPORT }, change);
	try {
		await body({ PGHOST: proxy.host, PGPORT: '5432', PGSSLMODE: 'disable', PGGSSENCMODE: 'disable' });
	} finally {
		await proxy.stop();
	}
}

const pretendVersion = (version) => (type, body) =>
	type === 'S' && body.toString().startsWith('server_version\0') ? Buffer.from(`server_version\0${version}\0`) : body;

test('a_server_that_is_too_old', () => throughProxy(pretendVersion('13.4'), (env) =>
	expectFinding('database.version', 'failure', /13\.4; pgbell needs 14/, { env })));

test('the_account_that_postgresql_is_to_see', { skip: !isRoot && 'only root has the choice' }, async () => {
	const name = (await run('getent', ['passwd', String(owner.uid)])).stdout.split(':')[0];
	const { find } = await examine({ args: ['--as', name], env: { PGUSER: undefined } });
	assert.match(find('database.reachable').message, new RegExp(`\\b${name}\\b`));
	const { stderr, code } = await run(doctor, ['--as', 'nobody-there']).catch((error) => error);
	assert.equal(code, 3);
	assert.match(stderr, /there is no such account/);
});

test('a_minor_release_that_lacks_mends', async () => {
	const [{ server_version: version }] = await site.sql('show server_version');
	const { stdout } = await run('pg_config', ['--version']);
	const built = /(\d+)\./.exec(stdout)[1];
	await throughProxy(pretendVersion(`${built}.0`), (env) =>
		expectFinding('database.version', 'warning', new RegExp(`PostgreSQL ${built}\\.0`), { env }));
	assert.ok(version);
});

test('a_pooler_that_swallows_notifications', () => throughProxy((type, body) => (type === 'A' ? null : body), (env) =>
	expectFinding('database.listen', 'failure', /did not come back/, { env })));

test('a_pooler_between_is_recognised_by_the_backend_it_names', () => throughProxy((type, body) => {
	if (type === 'K')
		body.writeInt32BE(1, 0);
	return type === 'A' ? null : body;
}, (env) => expectFinding('database.listen', 'failure', /goes through a pooler/, { env })));

let poolers = 0;
async function throughPooler(mode, body, settings = FORGETS_PREPARED) {
	const pooler = await startPooler(join(site.state, `pooler-${++poolers}`), { ...site.env, mode, settings });
	try {
		await body({ PGHOST: pooler.directory });
	} finally {
		await pooler.stop();
	}
}

test('a_pooler_in_transaction_mode', () => throughPooler('transaction', async (env) => {
	await expectFinding('database.listen', 'failure', /did not come back.*goes through a pooler/, { env, also: ['database.pooler'] });
	const direct = { ...env, PGBELL_LISTEN_URL: `host=${site.env.PGHOST} port=${site.env.PGPORT} dbname=pgbell user=pgbell_owner` };
	await expectFinding('database.pooler', 'failure', /transaction mode, and PGBELL_POOLER is off/, { env: direct });
	const shared = { ...direct, PGBELL_POOLER: 'transaction' };
	await expectFinding('database.pooler', 'failure', /no prepared statements, and PGBELL_PREPARE is on/, { env: shared });
	const { find, status } = await examine({ env: { ...shared, PGBELL_PREPARE: 'off' } });
	assert.equal(status, 0);
	assert.match(find('database.pooler').message, /transaction mode, as PGBELL_POOLER says/);
	assert.equal((await examine({ env: { ...env, PGBELL_POOLER: 'transaction', PGBELL_PREPARE: 'off', PGBELL_LISTEN: 'off' } })).find('database.listen').verdict, 'skipped');
	// What it did there is not left to those who get the connection next.
	const client = new pg.Client({ host: env.PGHOST, port: Number(site.env.PGPORT), database: 'pgbell', user: 'pgbell_owner' });
	await client.connect();
	const { rows } = await client.query(`select current_setting('search_path') as path, current_setting('statement_timeout') as timeout,
		array(select pg_listening_channels()) as channels`);
	await client.end();
	assert.deepEqual(rows, [{ path: '"$user", public', timeout: '0', channels: [] }]);
}));

test('a_pooler_that_keeps_prepared_statements', { skip: !keepsPrepared && 'there is no pgbouncer of 1.21 or later' }, () =>
	throughPooler('transaction', async (env) => {
		const { find, status } = await examine({ env: { ...env, PGBELL_LISTEN: 'off', PGBELL_POOLER: 'transaction' } });
		assert.equal(status, 0);
		assert.match(find('database.pooler').message, /transaction mode, as PGBELL_POOLER says/);
	}, ''));

test('a_pooler_in_session_mode_is_no_fault', () => throughPooler('session', async (env) => {
	const { find, status } = await examine({ env });
	assert.equal(status, 0);
	assert.equal(find('database.pooler').message, 'it keeps sessions together');
	assert.equal(find('database.listen').message, 'a notification came back, through a pooler');
}));

test('a_listener_that_has_an_address_of_its_own_is_tried_there', () => expectFinding('database.listen', 'failure', /nowhere/,
	{ env: { PGBELL_LISTEN_URL: 'host=/nowhere' } }));

test('a_listener_that_has_a_database_of_its_own', async () => {
	const finding = await expectFinding('database.listen', 'failure', /PGBELL_LISTEN_URL leads to database postgres at .*, and what is read is database pgbell at /,
		{ env: { PGBELL_LISTEN_URL: 'dbname=postgres' } });
	assert.match(finding.change, /^PGBELL_LISTEN_URL in pgbell\.env: dbname=pgbell,/);
});

test('a_standby', async () => {
	const data = join(scratch, 'standby');
	const bin = (await readFile(`/proc/${await site.pid('postgres')}/cmdline`, 'utf8')).split('\0')[0].replace(/postgres$/, '');
	const become = isRoot ? ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups', '--'] : [];
	await chmod(scratch, 0o755);
	await copyServer(site, data, { standby: true });
	const words = [...become, `${bin}postgres`, '-D', data, '-c', `unix_socket_directories=${data}`, '-c', 'external_pid_file='];
	const standby = spawn(words[0], words.slice(1), { stdio: 'ignore', cwd: '/' });
	await waitFor('the standby', () => run('pg_isready', ['-h', data, '-p', site.env.PGPORT]).then(() => true, () => false));
	try {
		await expectFinding('database.primary', 'failure', /standby/, { env: { PGHOST: data } });
	} finally {
		standby.kill('SIGQUIT');
		await new Promise((resolve) => standby.on('exit', resolve));
	}
});

test('a_database_with_another_encoding', async () => {
	await site.superuser("create database ascii owner pgbell_owner encoding 'SQL_ASCII' locale 'C' template template0");
	await expectFinding('database.encoding', 'failure', /SQL_ASCII/, { env: { PGDATABASE: 'ascii' }, also: ['schema.installed'] });
});

test('clocks_that_differ', async () => {
	const source = join(scratch, 'clock.c');
	await writeFile(source, `#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <sys/time.h>
		int gettimeofday(struct timeval *restrict now, void *restrict zone) {
			int (*real)(struct timeval *, void *) = (int (*)(struct timeval *, void *))dlsym(RTLD_NEXT, "gettimeofday");
			int status = real(now, zone);
			now->tv_sec += 90;
			return status;
		}`);
	await run('gcc', ['-shared', '-fPIC', '-o', join(scratch, 'clock.so'), source]);
	await expectFinding('database.clock', 'warning', /differ by (89|90)\.\d s/,
		{ env: { LD_PRELOAD: join(scratch, 'clock.so'), ASAN_OPTIONS: 'verify_asan_link_order=0' } });
});

test('a_queue_that_fills_up', async () => {
	const listener = await site.connect();
	await listener.query('listen pgbell');
	await listener.query('begin');
	await listener.query('select 1');
	await site.sql("select pg_notify('pgbell', ' ' || repeat('x', 7000) || n) from generate_series(1, 200) n");
	await expectFinding('database.queue', 'warning', /full to [\d.e-]+ %/, { args: ['--queue', '0'] });
	await listener.query('rollback');
	await listener.end();
});
