// PostgreSQL's queue of notifications, full: 8 GB that a listener keeps there
// which stays in a transaction.  What pgbell does then, and that all is well
// again when it ends.  By hand, since it takes two minutes and 9 GB in $TMPDIR:
//
//   make all && node tests/faults/full-queue.mjs

import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { runCgi } from '../lib/fastcgi.mjs';
import { root, startSite } from '../lib/site.mjs';
import { until } from './wait.mjs';

process.env.PGBELL_BIN ??= join(root, 'build');

const began = Date.now();
const tell = (what) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${what}`);

const site = await startSite({ apis: 1, env: { PGBELL_FLOOR_S: '2', PGBELL_CANARY_S: '1' } });
try {
	await run();
} finally {
	await site.stop();
}

async function run() {
	const alice = await site.signUp(), stream = await site.stream(alice.token);
	const insert = () => site.sql("insert into pgbell.notification (user_id, kind) values ($1, 'test')", [String(alice.id)]);
	await insert();
	assert.equal((await stream.next('new_notification')).id, '1');

	const blocker = await site.connect({ user: 'postgres' });
	for (const statement of ['listen elsewhere', 'begin', 'select 1'])
		await blocker.query(statement);
	await fill();

	await assert.rejects(insert(), { code: '54000' });
	assert.deepEqual(await site.sql('select seq::float8, unread_count from pgbell.inbox'), [{ seq: 1, unread_count: 1 }]);
	tell('an insert is refused and leaves nothing behind');

	const environment = { ...site.env, PGUSER: 'pgbell_api' }; // plain CGI rings inside
	const mark = { REQUEST_METHOD: 'PUT', REQUEST_URI: '/api/notifications/read-all', HTTP_AUTHORIZATION: `Bearer ${alice.token}` };
	const refused = await runCgi(environment, mark);
	assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '2'], refused.err);
	tell('a request whose commit would ring is answered 503');

	const marked = await site.api('PUT', '/api/notifications/read-all', { token: alice.token });
	assert.deepEqual([marked.status, marked.body.seq], [200, 2]);
	assert.equal((await stream.next('notification_read')).id, '2');
	tell('one that rings behind its commit is done, and the stream finds it by its floor');

	await until('health tells of it', async () => (await site.api('GET', '/api/health')).status === 503);
	assert.match(await askDoctor(), /WARNING +database\.queue/);
	tell('the health check and the doctor tell of it');

	await blocker.end();
	await until('an insert is taken', () => insert().then(() => true, () => false));
	tell('the listener has gone, and inserts are taken again');
	assert.equal((await stream.next('new_notification')).id, '3');
	await site.waitUntilHealthy();
	await insert();
	assert.equal((await stream.next('new_notification')).id, '4');
	tell('nothing is missing, and all is well');
}

// Notify as much as is taken, in statements of 150 MB and at last one by one.
async function fill() {
	const filler = await site.connect({ user: 'postgres' });
	for (let rows = 20_000, payload = Date.now(); rows > 0;) {
		try {
			await filler.query(`select count(pg_notify('filler', lpad(i::text, 7990, 'x')))
				from generate_series($1::bigint, $1::bigint + $2 - 1) i`, [payload, rows]);
			payload += rows;
		} catch (error) {
			assert.equal(error.code, '54000');
			rows = rows === 1 ? 0 : Math.ceil(rows / 20);
		}
	}
	await filler.end();
	tell('the queue is full');
}

function askDoctor() {
	return new Promise((resolve) => {
		execFile(join(process.env.PGBELL_BIN, 'pgbell-doctor'), [], { env: { ...process.env, ...site.env } }, (_error, out) => resolve(out));
	});
}
