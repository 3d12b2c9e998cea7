// Tests of an application that have PostgreSQL in their own program, PGlite: build/pgbell.sql is
// installed there, as deploy/README.md says, and does all that is done by SQL.

import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { pgcrypto } from '@electric-sql/pglite/contrib/pgcrypto';
import { root } from '../lib/site.mjs';

let db, file;
const rung = [];

const ask = async (sql) => (await db.query(sql)).rows;

before(async () => {
	await promisify(execFile)('make', ['-C', root, 'build/pgbell.sql']);
	file = await readFile(join(root, 'build/pgbell.sql'), 'utf8');
	db = await PGlite.create({ extensions: { pgcrypto } });
	await db.transaction((on) => on.exec(file));
	await db.listen('pgbell', (payload) => rung.push(payload));
});
after(() => db?.close());

test('a row is numbered, counted and rung when its transaction commits, and not before', async () => {
	await db.transaction(async (on) => {
		await on.query(`insert into pgbell.notification (user_id, kind) values ('ann', 'hello') returning id`);
		await on.query(`select pgbell.notify('ann', 'shipped')`);
		assert.deepEqual(rung, []);
	});
	assert.equal(rung.length, 1);
	assert.deepEqual(await ask(`select unread_count::int, seq::int from pgbell.inbox where address = 'ann'`), [{ unread_count: 2, seq: 2 }]);
	assert.deepEqual(await ask('select * from pgbell.check_consistency()'), []);
});

test('what is rolled back was never there', async () => {
	const before = rung.length;
	await db.transaction(async (on) => {
		await on.query(`select pgbell.notify('eve', 'hello')`);
		await on.rollback();
	});
	assert.equal(rung.length, before);
	assert.deepEqual(await ask(`select from pgbell.notification where user_id = 'eve'`), []);
});

test('it is installed once more, as by the next migration, and the rows are there', async () => {
	await db.transaction((on) => on.exec(file));
	assert.deepEqual(await ask(`select kind from pgbell.notification order by id`), [{ kind: 'hello' }, { kind: 'shipped' }]);
	assert.deepEqual(await ask('select * from pgbell.check_consistency()'), []);
});
