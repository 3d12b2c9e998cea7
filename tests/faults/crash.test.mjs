// What a stream was told survives a crash of PostgreSQL, also where the
// application commits asynchronously: otherwise numbers would be given a second
// time, and who has the first ones would miss the second without a word.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { startSite } from '../lib/site.mjs';
import { until } from './wait.mjs';

let site, alice;

before(async () => {
	site = await startSite({ streams: 1, apis: 1 });
	alice = await site.signUp();
	await site.superuser("alter system set wal_writer_delay = '10s'"); // so that the crash comes first
	await site.superuser('select pg_reload_conf()');
});
after(() => site.stop());

// PostgreSQL's processes end one after the other, on a busy machine over some time: what is written by one that is
// still there is on disk, and takes what came before along.  Once one has ended no new one is begun.
const ended = (client) => new Promise((resolve) => { client.once('end', resolve); });
const afterIt = (what, text) => until(what, async () => (await site.connect()).query(text, [String(alice.id)]));

const insert = (client) => client.query("insert into pgbell.notification (user_id, kind) values ($1, 'test')", [String(alice.id)]);

test('an event that was told is still there after a crash, with synchronous_commit off', async () => {
	const writer = await site.connect();
	await writer.query('set synchronous_commit = off');
	const stream = await site.stream(alice.token);
	await stream.next('connected');
	for (let i = 0; i < 5; i++)
		await insert(writer);
	for (let seq = 1; seq <= 5; seq++)
		assert.equal((await stream.next('new_notification')).id, String(seq));
	stream.close();

	const crash = ended(writer);
	process.kill(await site.pid('postgres'), 'SIGQUIT');
	await crash;
	const { rows: [{ seq }] } = await afterIt('PostgreSQL is back', 'select seq::float8 from pgbell.inbox where address = $1');
	assert.equal(seq, 5);
	await insert(await site.connect());
	// Numbers leap, since PostgreSQL was started again; one who has the last one goes on all the same.
	const again = await site.stream(alice.token, { lastEventId: 5 });
	await again.next('connected');
	const next = await again.next();
	assert.equal(next.event, 'new_notification');
	assert.ok(Number(next.id) > 1_000_000, `${next.id} is far from 5`);
	again.close();
	const unknown = await site.stream(alice.token, { lastEventId: 6 });
	await unknown.next('reset');
});

test("the application's own commits stay as it wants them", async () => {
	const client = await site.connect();
	await client.query('set synchronous_commit = off');
	await insert(client);
	const { rows } = await client.query('show synchronous_commit');
	assert.deepEqual(rows, [{ synchronous_commit: 'off' }]);
});

// Nothing can bring such a commit to disk in time; but its number is not given again.
test('what was told of a transaction that did not want to be on disk is forgotten with a reset', async (t) => {
	const [{ version }] = await site.sql("select current_setting('server_version_num')::int as version");
	if (version < 150_000)
		return t.skip('PostgreSQL 14 does not tell of its crashes');
	const stream = await site.stream(alice.token);
	await stream.next('connected');
	const writer = await site.connect();
	for (const statement of ['begin', 'set constraints all immediate', `select pgbell.notify('${alice.id}', 'told')`, 'set local synchronous_commit = off', 'commit'])
		await writer.query(statement);
	const { id } = await stream.next('new_notification');
	const [{ pid }] = await site.superuser("select pid from pg_stat_activity where backend_type = 'checkpointer'");
	const crash = ended(writer);
	process.kill(pid, 'SIGKILL');
	await crash;
	await afterIt('another', "select pgbell.notify($1, 'another')");
	const { rows } = await (await site.connect()).query("select kind from pgbell.notification where kind in ('told', 'another')");
	assert.deepEqual(rows, [{ kind: 'another' }]);
	const back = await site.stream(alice.token, { lastEventId: Number(id) });
	await back.next('reset');
	await stream.next('reset');
	return undefined;
});
