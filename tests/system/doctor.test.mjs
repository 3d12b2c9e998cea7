// pgbell-doctor: says nothing bad of what is well, and of each thing that is
// broken here what it is; what it sees from outside is in
// doctor-outside.test.mjs, what it says of the server in doctor-database.test.mjs.

import assert from 'node:assert';
import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import { directory, doctor, environment, examine, expectFinding, nginx, outside, owner, scratch, site, startPatient, stopPatient } from '../lib/doctor.mjs';
import { root } from '../lib/site.mjs';
import { startService } from '../lib/units.mjs';
import { programs } from '../lib/webserver.mjs';

const run = promisify(execFile);

before(startPatient);
after(stopPatient);

// --- what is well, and how it is told ---------------------------------------------

test('of_a_site_that_is_well_it_says_so', async () => {
	const { findings, status } = await examine({ args: outside(nginx) });
	const checks = new Set(findings.filter((it) => it.verdict === 'ok').map((it) => it.check));
	assert.deepEqual(findings.filter((it) => it.verdict === 'warning' || it.verdict === 'failure'), []);
	assert.equal(status, 0);
	for (const check of ['database.reachable', 'database.version', 'database.primary', 'database.encoding', 'database.clock', 'database.queue', 'database.pooler',
		'schema.installed', 'schema.version', 'schema.owner', 'roles.present', 'grants.missing', 'grants.excess', 'schema.triggers', 'schema.rows', 'schema.ids', 'schema.indexes', 'schema.functions', 'schema.authenticate', 'schema.sessions', 'schema.may_follow', 'schema.data', 'schema.keeping', 'database.log', 'grants.insert', 'database.create', 'database.rings', 'database.listen',
		'host.settings', 'host.api_socket', 'host.stream_socket', 'host.backlog', 'host.descriptors',
		'outside.health', 'outside.worker', 'outside.topics', 'outside.api', 'outside.cache', 'outside.changes', 'outside.compression', 'outside.buffering', 'outside.idle', 'outside.logs'])
		assert.ok(checks.has(check), `${check} was not looked at: ${JSON.stringify(findings)}`);
});

const TRACES = ['inbox.address', 'notification.user_id', 'event.address', 'pending.address', 'session.user_id', 'ticket.user_id']
	.map((column) => column.split('.')).map(([table, column]) =>
		`select '${table}' as place, ${column} as user_id from pgbell.${table} where ${column} like 'pgbell-doctor%'`).join(' union all ');

test('it_leaves_nothing_behind', async () => {
	assert.deepEqual(await site.sql(TRACES), []);
	// Nor does a visit that was cut short, once there is another.
	await site.sql("select pgbell.notify('pgbell-doctor-cut-short', 'pgbell.doctor')");
	await site.sql("select token from pgbell.create_session('pgbell-doctor-in-work', '10 minutes')");
	await site.sql("select pgbell.notify('pgbell-doctor-in-work', 'pgbell.doctor')");
	await examine({ args: outside(nginx, '--quick') });
	assert.deepEqual((await site.sql(TRACES)).map((row) => row.user_id).filter((it) => it !== 'pgbell-doctor-in-work'), []);
	assert.ok((await site.sql(TRACES)).length > 0, 'one that is in work is left alone');
});

test('text_is_for_people_and_tells_what_to_change', async () => {
	const { stdout } = await run(doctor, ['--sockets', join(scratch, 'nowhere')], { env: environment() }).catch((error) => error);
	assert.match(stdout, /^ok +database\.reachable +database pgbell at .*, as pgbell_owner$/m);
	assert.match(stdout, /^FAILURE +host\.api_socket +there is no socket .*\n +why: .*\n +change: /m);
	assert.match(stdout, /^\d+ ok, \d+ skipped, \d+ warnings, 2 failures\n$/m);
});

test('wrong_usage_has_a_status_of_its_own', async () => {
	for (const args of [['--nonsense'], ['word'], ['--url']])
		assert.equal((await run(doctor, args).catch((error) => error)).code, 3);
	assert.match((await run(doctor, ['--help'])).stdout, /^Usage: pgbell-doctor/);
});

test('settings_come_from_the_file_and_the_environment_wins', async () => {
	const settings = join(scratch, 'settings.env');
	await writeFile(settings, '# a comment\nPGDATABASE=no_such_database\n');
	const { find } = await examine({ args: ['--settings', settings] });
	assert.equal(find('database.reachable').verdict, 'ok');
	const { PGDATABASE, ...rest } = environment();
	assert.equal(PGDATABASE, 'pgbell');
	const { stdout } = await run(doctor, ['--json', '--settings', settings], { env: rest }).catch((error) => error);
	assert.match(stdout, /no_such_database/);
	await writeFile(settings, '  PGDATABASE = "quoted_database"  \n'); // as systemd reads it
	assert.match((await run(doctor, ['--json', '--settings', settings], { env: rest }).catch((error) => error)).stdout, /database \\"quoted_database\\" does not/);
});

// --- the schema ------------------------------------------------------------------

async function inDatabase(name, prepare, body) {
	await site.superuser(`create database ${name} owner pgbell_owner`);
	const env = { ...environment(), PGDATABASE: name };
	await run('psql', ['-X', '-q', '-v', 'qa=off', '-f', join(root, 'sql/install.sql')], { env });
	if (prepare)
		await run('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-c', prepare], { env });
	try {
		await body({ PGDATABASE: name });
	} finally {
		await site.superuser(`drop database ${name} with (force)`);
	}
}

test('a_schema_without_the_example_application_is_well', () => inDatabase('plain', null, async (env) => {
	const { findings, status } = await examine({ env });
	assert.equal(status, 0, JSON.stringify(findings.filter((it) => it.why)));
}));

test('a_database_without_the_schema', async () => {
	await site.superuser('create database empty owner pgbell_owner');
	await expectFinding('schema.installed', 'failure', /no schema pgbell/, { env: { PGDATABASE: 'empty' } });
});

test('an_older_schema', () => inDatabase('older', 'delete from pgbell.migration where number > 1', (env) =>
	expectFinding('schema.version', 'failure', /at 1, these programs belong to \d/, { env })));

test('a_newer_schema', () => inDatabase('newer', "insert into pgbell.migration (number, name) values (999, 'later')", (env) =>
	expectFinding('schema.version', 'warning', /at 999/, { env })));

test('a_grant_that_is_missing', () => inDatabase('missing', 'revoke execute on function pgbell.mark_read(text, bigint) from pgbell_api', (env) =>
	expectFinding('grants.missing', 'failure', /pgbell_api may not execute pgbell\.mark_read\(text, bigint\)/, { env })));

test('a_function_that_is_missing', () => inDatabase('gone', 'drop function pgbell.trim(interval, integer)', (env) =>
	expectFinding('grants.missing', 'failure', /pgbell_stream may not execute pgbell\.trim/, { env })));

test('a_grant_too_many', async () => {
	await inDatabase('excess', 'grant select on pgbell.session to pgbell_stream', (env) =>
		expectFinding('grants.excess', 'warning', /pgbell_stream also has rights on pgbell\.session/, { env }));
	await inDatabase('excess', 'grant execute on function pgbell.ring to public', (env) =>
		expectFinding('grants.excess', 'warning', /also has rights on pgbell\.ring/, { env }));
});

test('a_role_that_is_missing', async () => {
	await site.superuser('alter role pgbell_api nologin');
	try {
		await expectFinding('roles.present', 'warning', /no role pgbell_api that may log in/);
		await site.superuser('create role plain login');
		const { findings, find } = await examine({ env: { PGUSER: 'plain' } });
		assert.ok(findings.some((it) => /plain may not make it: one role does everything/.test(it.message) && it.verdict === 'skipped'));
		assert.match(find('schema.version').message, /plain may not read pgbell\.migration; run this as the owner/);
	} finally {
		await site.superuser('alter role pgbell_api login');
	}
});

test('a_schema_that_belongs_to_a_superuser', () => inDatabase('mighty', null, async (env) => {
	await run('psql', ['-X', '-q', '-c', `do $$ declare f regprocedure; begin
			for f in select p.oid from pg_proc p where p.pronamespace = 'pgbell'::regnamespace loop
				execute format('alter function %s owner to postgres', f);
			end loop;
		end $$`, '-c', 'alter schema pgbell owner to postgres'], { env: { ...environment(), ...env, PGUSER: 'postgres' } });
	await expectFinding('schema.owner', 'warning', /postgres, a superuser/, { env: { ...env, PGUSER: 'postgres' } });
}));

test('what_was_switched_off_or_broken_since_the_installation', async () => {
	const parts = [
		['schema.triggers', 'alter table pgbell.notification disable trigger all', /note_inserted of pgbell\.notification is disabled/],
		['schema.triggers', 'drop trigger number_at_commit on pgbell.pending', /^number_at_commit of pgbell\.pending is missing$/],
		['schema.triggers', 'alter table pgbell.session enable replica trigger ring_updated', /^ring_updated of pgbell\.session is disabled$/],
		['schema.rows', 'alter table pgbell.inbox enable row level security, force row level security', /^pgbell\.inbox$/],
		['schema.ids', `insert into pgbell.notification (user_id, kind) values ('ann', 'a'), ('ann', 'b'), ('ann', 'c');
			select setval('pgbell.notification_id_seq', 1)`, /^the next id is 2, and there is 3 already$/],
		['schema.functions', 'alter function pgbell.mark_read(text, bigint) reset search_path', /^pgbell\.mark_read\(text,bigint\)$/],
		['schema.authenticate', `create or replace function pgbell.authenticate(token text) returns table (user_id text, session_id text, expires_at timestamptz)
			language plpgsql as 'begin return query select user_id, id, null from shop.session; end'`, /^it fails: relation "shop\.session" does not exist$/],
		['schema.authenticate', `create or replace function pgbell.authenticate(token text) returns table (user_id text, session_id text, expires_at timestamptz)
			language sql as $$ select 'ann', 'a', null::timestamptz $$`, /takes a token that nobody has/],
		['schema.sessions', `create or replace function pgbell.authenticate(token text) returns table (user_id text, session_id text, expires_at timestamptz)
			language sql as $$ select 'ann', 'a', null::timestamptz where token = 'ann' $$`, /authenticate\(\) is the application's own, and pgbell\.ended_sessions\(\) is not/],
		['schema.may_follow', `create or replace function pgbell.may_follow(user_id text, topic text) returns boolean
			language plpgsql as 'begin return exists (select from shop.team where member = user_id); end'`, /^it fails: relation "shop\.team" does not exist$/],
		['schema.may_follow', `create or replace function pgbell.may_follow(user_id text, topic text) returns boolean
			language sql as 'select user_id is null'`, /lets visitors follow what a person may not/],
		['grants.missing', 'revoke usage on schema pgbell from pgbell_stream', /^pgbell_stream may not execute anything, without usage/],
	];
	for (const [check, sql, message] of parts)
		await inDatabase('parts', sql, (env) => expectFinding(check, 'failure', message, { env, also: check === 'schema.authenticate' ? ['schema.sessions'] : [] }));
});

test('data_that_contradict_one_another', () => inDatabase('wrong', null, async (env) => {
	const other = new pg.Client({ host: site.env.PGHOST, port: Number(site.env.PGPORT), database: env.PGDATABASE, user: 'postgres' });
	await other.connect();
	await other.query('set session_replication_role = replica');
	await other.query("insert into pgbell.notification (user_id, kind) values ('ann', 'copied')");
	await other.end();
	const finding = await expectFinding('schema.data', 'failure', /contradiction.* such as ann: /, { env });
	assert.match(finding.change, /pgbell\.mend\('<user_id>'\), or select pgbell\.mend\(\)/);
}));

test('data_that_take_too_long_to_look_through', () => inDatabase('large', `create or replace function pgbell.check_consistency()
	returns table (address text, problem text) language sql as 'select null::text, null::text from pg_sleep(600)'`, async (env) => {
	const { find, status } = await examine({ env });
	assert.match(find('schema.data').message, /not looked through: canceling statement due to statement timeout; by hand: /);
	assert.deepEqual([find('schema.data').verdict, status], ['skipped', 0]);
}));

test('what_was_read_long_ago_and_does_not_go', () => inDatabase('kept', `insert into pgbell.notification (user_id, kind, read_at)
	select 'ann', 'k', now() - interval '91 days 12 hours' - i % 4 * interval '1 day' from generate_series(1, 8) i`, async (env) => {
	const keeping = async (days) => (await examine({ env: { ...env, PGBELL_NOTIFICATION_KEEP_DAYS: days } })).find('schema.keeping');
	const trim = `select pgbell.trim_if_due('1 h', '7 days', 1000, '90 days')`;
	const ask = (sql) => run('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', sql], { env: { ...environment(), ...env } });
	assert.deepEqual([(await keeping('0')).verdict, (await keeping('0')).message], ['ok', 'what was read is kept for ever: PGBELL_NOTIFICATION_KEEP_DAYS is 0']);
	const piling = (message) => expectFinding('schema.keeping', 'warning', message, { env: { ...env, PGBELL_NOTIFICATION_KEEP_DAYS: '90' } });
	await piling(/^6 are still there that were read more than 92 days ago; they are to be kept for 90, and all were last looked at: never$/);
	await ask(`create schema shop; create table shop.shown (id bigint references pgbell.notification); insert into shop.shown select min(id) from pgbell.notification where read_at < now() - interval '93 days'`);
	assert.match((await ask(trim)).stderr, /WARNING:.* violates foreign key constraint .*; notifications that stay: 1\b/);
	await piling(/^1 are still there/);
	await ask(`drop schema shop cascade; update pgbell.migration set trimmed_at = null, read_trimmed_at = null; ${trim}`);
	assert.equal((await examine({ env: { ...env, PGUSER: 'pgbell_api', PGBELL_NOTIFICATION_KEEP_DAYS: '90' } })).find('schema.keeping').verdict, 'skipped');
	const { verdict, message } = await keeping('90');
	assert.deepEqual([verdict, (await ask('select count(*) from pgbell.notification')).stdout], ['ok', '0\n']);
	assert.match(message, /^what was read is kept for 90 days; all were last looked at: 20\d\d-\d\d-\d\d \d\d:\d\d /);
	assert.match((await keeping('1')).message, /kept for 7 days/, 'no shorter than the log');
}));

// --- who sees or may do what is not theirs ------------------------------------------

// For the role of the api, wherever it was said.
async function withSetting(where, setting, body) {
	const [name] = setting.split(' ');
	await site.superuser(`alter ${where} set ${setting}`);
	try {
		await body();
	} finally {
		await site.superuser(`alter ${where} reset ${name}`);
	}
}

test('a_log_in_which_passwords_would_stand', async () => {
	const said = (text) => expectFinding('database.log', 'warning', new RegExp(`log: ${text}$`));
	await withSetting('role pgbell_api', "log_min_duration_statement = '20ms'", () => said('log_min_duration_statement = 20ms'));
	await withSetting('database pgbell', "log_statement = 'all'", async () => {
		await said('log_statement = all');
		await withSetting('role pgbell_api', "log_statement = 'mod'", async () =>
			assert.equal((await examine()).find('database.log').verdict, 'ok', 'a role has the last word'));
		await withSetting('role pgbell_api', 'log_parameter_max_length = 0', async () =>
			assert.equal((await examine()).find('database.log').verdict, 'ok', 'as it was advised'));
	});
	await withSetting('role pgbell_api in database pgbell', 'log_parameter_max_length_on_error = 64', () => said('log_parameter_max_length_on_error = 64'));
	await withSetting('role pgbell_api', 'log_transaction_sample_rate = 0.01', () => said('log_transaction_sample_rate = 0.01'));
});

test('where_no_secret_is_sent_a_log_may_have_what_it_likes', () => inDatabase('quiet', null, async (env) => {
	await withSetting('role pgbell_api', "log_statement = 'all'", async () => {
		assert.match((await examine({ env })).find('database.log').message, /and none of them is a secret/);
		await expectFinding('database.log', 'warning', /log_statement = all/, { env: { ...env, PGBELL_TOKENS: 'whole' }, also: ['host.settings'] });
	});
}));

test('a_role_that_may_insert_into_all_columns', () => inDatabase('inserter', `create role shop_program;
	grant insert on pgbell.notification to shop_program, public`, async (env) => {
	const { change } = await expectFinding('grants.insert', 'warning', /^everybody, shop_program may insert/, { env, also: ['grants.excess'] });
	const repair = change.replaceAll('<role>', 'shop_program, public');
	await run('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-c', repair], { env: { ...environment(), ...env } });
	assert.equal((await examine({ env })).find('grants.insert').verdict, 'ok', 'as it was advised');
}));

test('a_schema_in_which_everybody_may_create', () => inDatabase('open', null, async (env) => {
	// Up to PostgreSQL 14 it is a superuser's.
	const query = (text) => run('psql', ['-X', '-q', '-c', text], { env: { ...environment(), ...env, PGUSER: 'postgres' } });
	await query('grant create on schema public to public');
	const { change } = await expectFinding('database.create', 'warning', /everybody may create in schema public/, { env });
	await query(change);
	assert.equal((await examine({ env })).find('database.create').verdict, 'ok', 'as it was advised');
}));

test('addresses_in_rings_that_every_role_may_hear', () => inDatabase('rings', null, async (env) => {
	const query = (text) => run('psql', ['-X', '-q', '-c', text], { env: { ...environment(), ...env } });
	await query("select pgbell.notify('4711', 'test')");
	assert.equal((await examine({ env })).find('database.rings').verdict, 'ok');
	await query("select pgbell.notify('ann@example.org', 'test')");
	await site.superuser('create role stranger login');
	await expectFinding('database.rings', 'warning', /people's ids are addresses/, { env });
	await query('revoke connect on database rings from public; grant connect on database rings to pgbell_api, pgbell_stream');
	assert.equal((await examine({ env })).find('database.rings').verdict, 'ok', 'as it was advised');
}));

// --- this host -------------------------------------------------------------------

test('a_socket_that_is_missing', () => expectFinding('host.api_socket', 'failure', /there is no socket/,
	{ args: ['--sockets', join(scratch, 'nowhere')], also: ['host.stream_socket'] }));

test('a_directory_of_sockets_may_be_told_as_it_is_seen_from_here', async () => {
	const { stdout } = await run(doctor, ['--json', '--sockets', 'sockets'], { env: environment(), cwd: join(directory, '..') }).catch((error) => error);
	assert.equal(JSON.parse(stdout).findings.find((it) => it.check === 'host.descriptors').verdict, 'ok');
});

test('a_socket_that_is_open_to_everybody', async () => {
	await chmod(join(directory, 'stream.sock'), 0o666);
	try {
		await expectFinding('host.stream_socket', 'failure', /open to everybody \(mode 0666\)/);
	} finally {
		await chmod(join(directory, 'stream.sock'), 0o660);
	}
});

test('a_socket_that_nobody_listens_at', async () => {
	const dead = join(scratch, 'dead');
	await mkdir(dead);
	for (const name of ['api', 'stream'])
		await run('perl', ['-MIO::Socket::UNIX', '-e', 'IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1); chmod 0660, $ARGV[0]', join(dead, `${name}.sock`)]);
	await expectFinding('host.api_socket', 'failure', /nobody listens at/, { args: ['--sockets', dead], also: ['host.stream_socket'] });
});

test('a_socket_at_which_too_many_wait', async () => {
	const full = join(scratch, 'full');
	await mkdir(full);
	const crowd = spawn('perl', ['-MIO::Socket::UNIX', '-e', `my @all;
		for my $path (@ARGV) {
			push @all, IO::Socket::UNIX->new(Local => $path, Listen => 1);
			chmod 0660, $path;
			while (my $one = IO::Socket::UNIX->new(Peer => $path, Blocking => 0)) { push @all, $one }
		}
		print "full\\n"; close STDOUT; <STDIN>`, join(full, 'api.sock'), join(full, 'stream.sock')], { stdio: ['pipe', 'pipe', 'inherit'] });
	try {
		await new Promise((resolve) => crowd.stdout.once('data', resolve));
		await expectFinding('host.api_socket', 'warning', /the backlog of .* is full/, { args: ['--sockets', full], also: ['host.stream_socket'] });
	} finally {
		crowd.stdin.end();
	}
});

test('a_backlog_that_the_kernel_cuts_short', { skip: !await mayUnshare() && 'needs a network namespace' }, () =>
	expectFinding('host.backlog', 'warning', /may wait at a socket: 128/,
		{ command: ['unshare', '--net', 'sh', '-c', 'echo 128 >/proc/sys/net/core/somaxconn; exec "$@"', 'sh'] }));

async function mayUnshare() {
	return run('unshare', ['--net', 'sh', '-c', 'echo 128 >/proc/sys/net/core/somaxconn']).then(() => true, () => false);
}

test('a_stream_process_with_few_descriptors', async () => {
	const few = join(site.state, 'few');
	const service = await startService('pgbell-stream', {
		units: join(root, 'deploy/systemd'), bin: programs, directory: few, owner, logs: join(site.state, 'log'),
		environment: { PGHOST: site.env.PGHOST, PGPORT: site.env.PGPORT }, wrap: ['prlimit', '--nofile=1024:1024'],
	});
	try {
		await service.heard(/^READY=1/);
		await expectFinding('host.descriptors', 'warning', new RegExp(`pid ${service.pids[0]}\\) may have 1024`),
			{ args: ['--sockets', few], also: ['host.api_socket'] });
	} finally {
		await service.stop();
	}
});
