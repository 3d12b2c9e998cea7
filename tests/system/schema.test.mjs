// What sql/install.sql promises: any number of times, over an older database,
// by an ordinary owner, without losing a row or what an application replaced.

import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import { dump, wantsDump } from '../lib/dump.mjs';
import { root, startSite } from '../lib/site.mjs';

const run = promisify(execFile);
const sql = join(root, 'sql');
const database = 'installing'; // a new one for each test, beside the site's own
const owner = 'installer';

let site;
let client; // as its owner

before(async () => {
	site = await startSite({ apis: 1 });
	await site.superuser(`create role ${owner} login`);
});

after(() => site.stop());

beforeEach(async () => {
	await site.superuser(`create database ${database} owner ${owner}`);
	client = await connect();
});

afterEach(async () => {
	await client.end();
	await site.superuser(`drop database ${database} with (force)`);
});

async function connect() {
	const connection = new pg.Client({ host: site.env.PGHOST, port: Number(site.env.PGPORT), database, user: owner });
	await connection.connect();
	return connection;
}

function psql(args, user = owner) {
	return run('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', ...args],
		{ env: { ...environment(), PGUSER: user } });
}

const install = (...args) => psql([...args, '-f', join(sql, 'install.sql')]);

function environment() {
	return { ...process.env, ...site.env, PGDATABASE: database, PGUSER: owner };
}

const rows = async (text, params) => (await client.query(text, params)).rows;

test('comments and the page of functions are what the headers say', async () => {
	const copy = await mkdtemp(join(tmpdir(), 'pgbell-sql-'));
	try {
		await cp(sql, copy, { recursive: true });
		await run(join(root, 'deploy', 'dev', 'write-comments'), [copy]);
		for (const file of ['README.md', join('comments', 'functions.sql')])
			assert.equal(await readFile(join(copy, file), 'utf8'), await readFile(join(sql, file), 'utf8'), `run deploy/dev/write-comments: ${file}`);
	} finally {
		await rm(copy, { recursive: true, force: true });
	}
});

test('what_the_page_of_functions_shows_can_be_pasted', async () => {
	await install('-v', 'qa=off');
	const [examples, grants] = Array.from((await readFile(join(sql, 'README.md'), 'utf8')).matchAll(/```sql\n(.*?)```/gs), ([, text]) => text);
	const answers = (await client.query(examples)).flatMap((result) => result.rows);
	await site.superuser('create role shop');
	await client.query(grants);
	assert.ok(answers.some((row) => row.withdraw === true), 'the announcement of the line before it');
	assert.ok(answers.some((row) => Number(row.forget_person) > 0));
	assert.deepEqual(await rows('select * from pgbell.check_consistency()'), []);
});

test('functions_of_pgbell_that_an_example_calls_are_on_the_page_of_functions', async () => {
	const examples = join(root, 'deploy', 'examples');
	const page = await readFile(join(sql, 'README.md'), 'utf8');
	const { stdout } = await run('grep', ['-rhoE', '--exclude-dir=node_modules', 'pgbell\\.[a-z_]+\\(', examples]);
	const called = new Set(stdout.trim().split('\n').filter((name) => name !== 'pgbell.env('));
	assert.ok(called.size > 5);
	assert.deepEqual([...called].filter((name) => !page.includes(`| \`${name}`)), []);
});

test('the_schema_is_the_expected_one', wantsDump, async () => {
	await install();
	const expected = await readFile(join(root, 'tests/sql/schema.expected'), 'utf8');
	assert.equal(await dump(environment(), { command: join(root, 'tests/sql/dump-schema') }), expected,
		'after a migration: tests/sql/run --dump > tests/sql/schema.expected');
});

test('installing_again_changes_nothing', wantsDump, async () => {
	await install();
	await client.query("select pgbell.notify('ann', 'kept')");
	await client.query("select qa.create_user(null, 'ann', 'correct horse')");
	const before = await dump(environment());
	await install();
	assert.equal(await dump(environment()), before);
});

test('an_older_database_keeps_every_row', async () => {
	const [schema, migration] = [
		'create schema pgbell; create table pgbell.migration (number integer primary key, name text not null, '
			+ 'applied_at timestamptz not null default now())',
		"insert into pgbell.migration (number, name) values (1, 'inbox')"];
	await psql(['-1', '-c', schema, '-f', join(sql, 'migrations/0001_inbox.sql'), '-c', migration]);
	await client.query(`
		insert into pgbell.notification (user_id, kind, data) values ('ann', 'a', '{"n": 1}'), ('ann', 'b', '{}');
		insert into pgbell.inbox values ('ann', 2, 2);
		insert into pgbell.event select 'ann', id, 'new_notification', data, id, now() from pgbell.notification;
		insert into pgbell.session (token_hash, user_id, expires_at) values (sha256('x'), 'ann', now() + '1 day')`);
	const columns = new Map((await rows(`select table_name, string_agg(column_name, ', ' order by ordinal_position) as names
		from information_schema.columns where table_schema = 'pgbell' and column_name <> 'timeline' group by 1`)).map((row) => [row.table_name, row.names]));
	const read = async () => {
		const contents = {};
		for (const table of ['notification', 'inbox', 'event', 'session'])
			contents[table] = await rows(`select ${columns.get(table)} from pgbell.${table} order by 1, 2`);
		return contents;
	};
	const before = await read();
	await install();
	for (const table of ['inbox', 'event']) // what was a person's is an address's
		columns.set(table, columns.get(table).replace(/^user_id/, 'address as user_id'));
	assert.deepEqual(await read(), before);
	assert.ok((await rows('select number from pgbell.migration')).length > 1);
	assert.deepEqual(await rows("select user_id from pgbell.authenticate('x')"), [{ user_id: 'ann' }]);
	await client.query("select pgbell.notify('ann', 'c')");
	assert.deepEqual(await rows('select * from pgbell.check_consistency()'), []);
});

test('the_example_application_can_be_left_out', async () => {
	await install('-v', 'qa=off');
	assert.deepEqual(await rows("select nspname from pg_namespace where nspname = 'qa'"), []);
	await install();
	assert.equal((await rows('select qa.list_questions() as list'))[0].list.next, null);
	await install('-v', 'qa=off');
	assert.equal((await rows("select nspname from pg_namespace where nspname = 'qa'")).length, 1);
});

test('where_roles_cannot_be_made_one_role_does_everything', async () => {
	const rename = async (from, to) => {
		for (const role of ['pgbell_api', 'pgbell_stream'])
			await site.superuser(`alter role ${role}${from} rename to ${role}${to}`);
	};
	await rename('', '_away');
	try {
		const { stderr } = await install();
		assert.match(stderr, /NOTICE: {2}without pgbell_api and pgbell_stream: installer may not create roles/);
		const commands = stderr.match(/^ *create role \w+ login password '<the password>';$/gm);
		assert.equal(commands.length, 2);
		for (const command of commands) { // they can be pasted
			await site.superuser(command);
			await site.superuser(`drop role ${/create role (\w+)/.exec(command)[1]}`);
		}
		await client.query("select pgbell.notify('ann', 'x')");
		assert.equal((await rows("select * from pgbell.events_after('{ann}', '{0}')")).length, 1);
	} finally {
		await rename('_away', '');
	}
	await install();
	const [{ allowed }] = await rows(
		"select has_function_privilege('pgbell_api', 'pgbell.mark_read(text, bigint)', 'execute') as allowed");
	assert.ok(allowed, 'roles that come later get their rights at the next installation');
});

test('a_function_that_the_application_replaced_stays', async () => {
	await install();
	await client.query(`create or replace function pgbell.authenticate(token text)
		returns table (user_id text, session_id text, expires_at timestamptz) language sql stable
		security definer set search_path = pgbell, pg_temp
		as $$ select 'mine', 'mine', now() + interval '1 hour' where token = 'mine' $$`);
	await client.query(`create or replace function pgbell.may_follow(user_id text, topic text)
		returns boolean language sql stable as $$ select topic = 'mine' $$`);
	await client.query('comment on function pgbell.ended_sessions(text[]) is null');
	await install();
	assert.deepEqual(await rows("select pgbell.may_follow(null, 'mine') as mine, pgbell.may_follow(null, 'public:x') as other"), [{ mine: true, other: false }]);
	assert.deepEqual(await rows("select user_id from pgbell.authenticate('mine')"), [{ user_id: 'mine' }]);
	const [{ comment }] = await rows(
		"select obj_description('pgbell.ended_sessions(text[])'::regprocedure, 'pg_proc') as comment");
	assert.equal(comment, null, 'one without the mark is not ours either');
});

test('a_bundled_function_of_an_older_release_is_replaced', async () => {
	await install();
	await client.query(`create or replace function pgbell.authenticate(token text)
		returns table (user_id text, session_id text, expires_at timestamptz) language sql stable
		as $$ select null, null, null::timestamptz where false $$`);
	await psql(['-v', 'replaceable=pgbell.authenticate(text)', '-f', join(sql, 'mark_bundled.sql')]);
	await install();
	const [{ token }] = await rows("select token from pgbell.create_session('ann')");
	assert.deepEqual(await rows('select user_id from pgbell.authenticate($1)', [token]), [{ user_id: 'ann' }]);
});

test('an_application_keeps_its_own_grants', async () => {
	await install();
	await client.query('grant execute on function pgbell.notify to pg_monitor');
	await client.query('grant execute on function pgbell.notify to pgbell_api');
	await install();
	const may = async (role) => (await rows(
		"select has_function_privilege($1, 'pgbell.notify(text, text, jsonb, text, text, timestamptz, timestamptz)', 'execute') as may", [role]))[0].may;
	assert.ok(await may('pg_monitor'));
	assert.ok(!await may('pgbell_api'), 'but the programs have only what grants.sql says');
});

test('pgcrypto_may_be_anywhere', async () => {
	await client.query('create schema extensions; create extension pgcrypto schema extensions');
	await install();
	await client.query("select qa.create_user(null, 'ann', 'correct horse')");
	const [{ signed }] = await rows("select qa.sign_in(null, 'ann', 'correct horse') as signed");
	assert.equal(signed.user.username, 'ann');
});

test('a_database_without_schema_public_or_with_a_closed_one_has_pgcrypto_elsewhere', async () => {
	const signsUp = async () => {
		await install();
		await client.query("select qa.create_user(null, 'ann', 'correct horse')");
		assert.deepEqual(await rows("select extnamespace::regnamespace::text as place from pg_extension where extname = 'pgcrypto'"), [{ place: 'pgcrypto' }]);
		await install();
	};
	await psql(['-c', 'drop schema public'], 'postgres'); // up to 14 the owner of the database may not
	await signsUp();
	await client.query('drop schema pgbell, qa, pgcrypto cascade');
	await psql(['-c', 'create schema public'], 'postgres');
	await signsUp();
});

test('neither_a_terminal_of_another_encoding_nor_settings_of_the_owner_change_what_is_installed', wantsDump, async () => {
	const settings = ['standard_conforming_strings=off', 'default_transaction_read_only=on', 'default_transaction_isolation=serializable'];
	await run('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', join(sql, 'install.sql')], { env: {
		...environment(), PGCLIENTENCODING: 'LATIN1', PGOPTIONS: settings.map((it) => `-c ${it}`).join(' '),
	} });
	const strange = await dump(environment(), { args: ['-s'] });
	await client.query('drop schema pgbell, qa cascade');
	await install();
	assert.equal(strange, await dump(environment(), { args: ['-s'] }));
});

test('a_copy_by_TEMPLATE_that_takes_the_place_of_its_database_gives_no_number_again', async () => {
	const notify = () => client.query("select pgbell.notify('ann', 'k')");
	const last = async () => Number((await rows("select seq from pgbell.inbox where address = 'ann'"))[0].seq);
	await install();
	await notify();
	await client.end();
	await site.superuser(`create database ${database}_copy template ${database} owner ${owner}`);
	client = await connect();
	await notify();
	const forgotten = await last();
	await client.end();
	await site.superuser(`drop database ${database}`);
	await site.superuser(`alter database ${database}_copy rename to ${database}`);
	client = await connect();
	await notify();
	await notify();
	assert.ok(await last() > forgotten + 1000, `${await last()} is far behind ${forgotten}`);
	assert.deepEqual(await rows('select seq, prev from pgbell.event where seq <= $1 or prev is not null order by seq desc limit 1', [forgotten]),
		[{ seq: String(await last() - 1), prev: '1' }]);
});

test('a_database_of_another_encoding_is_refused_in_words_that_it_can_say', async () => {
	for (const encoding of ['LATIN1', 'EUC_JP', 'SQL_ASCII']) {
		await client.end();
		await site.superuser(`drop database ${database}`);
		await site.superuser(`create database ${database} owner ${owner} encoding '${encoding}' locale 'C' template template0`);
		client = await connect();
		await assert.rejects(install(), new RegExp(`needs a database with encoding UTF8, this one has ${encoding}[^]*template0 encoding 'UTF8'`));
	}
});

test('it_is_not_installed_into_a_schema_of_another_role', async () => {
	await psql(['-c', 'create schema qa'], 'postgres');
	await assert.rejects(install(), /schema qa is here already and belongs to postgres, not to installer/);
	await install('-v', 'qa=off');
});

test('another_role_cannot_install_over_it', async () => {
	await install();
	await assert.rejects(psql(['-f', join(sql, 'install.sql')], 'postgres'), /belongs to installer, not to postgres/);
	assert.deepEqual(await rows('select tableowner from pg_tables where schemaname = $1 group by 1', ['pgbell']), [{ tableowner: 'installer' }]);
});
