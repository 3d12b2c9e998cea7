// build/pgbell.sql: the schema as one file of plain SQL, for migrations of applications;
// here through a client that is not psql.

import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import { dump, wantsDump } from '../lib/dump.mjs';
import { root, startSite } from '../lib/site.mjs';

const run = promisify(execFile);
const owner = 'migrating';

let site, text;
let client; // as the owner of a new database

before(async () => {
	await run('make', ['-C', root, 'build/pgbell.sql']);
	text = await readFile(join(root, 'build/pgbell.sql'), 'utf8');
	site = await startSite({ apis: 1 });
	await site.superuser(`create role ${owner} login`);
});

after(() => site.stop());

beforeEach(async () => {
	for (const database of ['plain', 'psql'])
		await site.superuser(`create database ${database} owner ${owner}`);
	client = await connect('plain');
});

afterEach(async () => {
	await client.end();
	for (const database of ['plain', 'psql'])
		await site.superuser(`drop database ${database} with (force)`);
});

async function connect(database) {
	const connection = new pg.Client({ host: site.env.PGHOST, port: Number(site.env.PGPORT), database, user: owner });
	await connection.connect();
	return connection;
}

const environment = (database) => ({ ...process.env, ...site.env, PGDATABASE: database, PGUSER: owner });
const installByPsql = (database = 'psql') =>
	run('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-v', 'qa=off', '-f', join(root, 'sql/install.sql')], { env: environment(database) });

// All of it: functions, grants, comments; and which migrations are there.
async function dumpAll(database) {
	const env = environment(database);
	const [schema, migrations] = await Promise.all([
		dump(env, { args: ['--schema-only'] }),
		run('psql', ['-X', '-At', '-c', 'select number, name from pgbell.migration order by 1'], { env }),
	]);
	return schema + migrations.stdout;
}

test('it_makes_what_install_sql_makes_without_a_word_of_psqls_own', wantsDump, async () => {
	assert.doesNotMatch(text, /^\s*\\/m);
	await client.query(text);
	await installByPsql();
	assert.equal(await dumpAll('plain'), await dumpAll('psql'));
	assert.match(await dumpAll('plain'), /CREATE FUNCTION pgbell\.authenticate/);
	await client.query("select pgbell.notify('ann', 'rings')");
	assert.deepEqual((await client.query('select * from pgbell.check_consistency()')).rows, []);
});

test('it_may_be_run_again_and_by_turns_with_install_sql', wantsDump, async () => {
	await client.query(text);
	await client.query("select pgbell.notify('ann', 'kept')");
	await client.query(`create or replace function pgbell.authenticate(token text)
		returns table (user_id text, session_id text, expires_at timestamptz) language sql stable
		as $$ select 'mine', 'mine', now() + interval '1 hour' $$`);
	const first = await dumpAll('plain');
	await client.query(text);
	assert.equal(await dumpAll('plain'), first);
	await installByPsql('plain');
	await client.query(text);
	assert.equal(await dumpAll('plain'), first, 'what the application replaced stays');
});

test('a_migration_goes_on_behind_it_in_the_same_transaction_as_before_it', async () => {
	await client.query('begin');
	await client.query('create table migrations (name text)');
	await client.query(text);
	await client.query("insert into migrations values ('0001_pgbell')");
	assert.deepEqual((await client.query('show client_min_messages')).rows, [{ client_min_messages: 'notice' }]);
	await client.query('commit');
	await client.query("select pgbell.notify('ann', 'rings')");
	await client.query('begin');
	await client.query(text);
	await client.query('rollback');
	assert.deepEqual((await client.query('select name from migrations')).rows, [{ name: '0001_pgbell' }]);
});

test('a_test_that_is_rolled_back_sees_what_it_notified', async () => {
	await client.query(text);
	await client.query('begin');
	await client.query("select pgbell.notify('ann', 'tried')");
	await client.query('set constraints all immediate');
	const { rows } = await client.query("select unread_count from pgbell.inbox where address = 'ann'");
	assert.deepEqual(rows, [{ unread_count: 1 }]);
	await client.query('rollback');
	assert.deepEqual((await client.query("select from pgbell.notification where user_id = 'ann'")).rows, []);
});

test('an_older_schema_is_brought_up_to_date', async () => {
	await run('psql', ['-X', '-q', '-1', '-v', 'ON_ERROR_STOP=1',
		'-c', `create schema pgbell; create table pgbell.migration (number integer primary key, name text not null, applied_at timestamptz not null default now())`,
		'-f', join(root, 'sql/migrations/0001_inbox.sql'), '-c', "insert into pgbell.migration (number, name) values (1, 'inbox')"], { env: environment('plain') });
	await client.query(text);
	const { rows } = await client.query('select number from pgbell.migration order by 1');
	assert.ok(rows.length > 1);
});

test('outside_of_a_transaction_it_refuses_before_it_has_done_anything', async () => {
	const at = text.indexOf('do $'), end = text.indexOf(';\n', text.indexOf('end;', at));
	await client.query(text.slice(0, at));
	await assert.rejects(client.query(text.slice(at, end)), /wants to be run in one transaction/);
});
