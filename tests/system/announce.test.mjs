// What everybody is told by one row: each person has it once, whichever way she comes, however many
// processes there are.

import assert from 'node:assert';
import { execFile, execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import { startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const PEOPLE = 12;
const run = promisify(execFile);
const dumpVersion = Number(/\d+/.exec(execFileSync('pg_dump', ['--version'], { encoding: 'utf8' })));
const unlessNewer = { skip: Number(process.env.PG ?? 0) > dumpVersion && `pg_dump ${dumpVersion} does not read PostgreSQL ${process.env.PG}` };

let site, people;

before(async () => {
	site = await startSite({ apis: 2, streams: 2, env: { PGBELL_FLOOR_S: '3600' } });
	people = [];
	for (let i = 0; i < PEOPLE; i++)
		people.push(await site.signUp());
});

after(async () => {
	const contradictions = await site.sql('select * from pgbell.check_consistency()');
	await site.stop();
	assert.deepEqual(contradictions, []);
});

const get = async (path, { token }) => (await site.api('GET', `/api/notifications${path}`, { token })).body;
const kinds = async (person) => (await get('', person)).notifications.map(({ kind }) => kind);
const announce = async (kind, more = '') => (await site.sql(`select pgbell.announce($1, '{"title": "Friday"}'${more})::integer as id`, [kind]))[0].id;
const told = ({ events }, kind) => events.filter(({ event, data }) => event === 'new_notification' && data.kind === kind);

test('everybody with an open stream has it at once, once, whoever holds the stream', async () => {
	const streams = await Promise.all([...people, ...people].map(({ token }) => site.stream(token)));
	for (const stream of streams)
		await stream.next('connected');
	const first = await announce('first');
	await announce('second');
	for (const stream of streams)
		await waitFor('both', () => told(stream, 'second').length > 0);
	for (const stream of streams) {
		assert.deepEqual([told(stream, 'first').length, told(stream, 'second').length], [1, 1]);
		assert.deepEqual(told(stream, 'second')[0].data.data, { title: 'Friday' });
	}
	assert.equal((await site.sql(`select from pgbell.notification where kind = 'first'`)).length, PEOPLE);
	assert.equal((await get('/unread-count', people[0])).unread_count, 2);

	// Each has a read state of her own.
	const [{ id }] = (await get('', people[0])).notifications;
	await site.api('PUT', `/api/notifications/${id}/read`, { token: people[0].token });
	assert.deepEqual([(await get('/unread-count', people[0])).unread_count, (await get('/unread-count', people[1])).unread_count], [1, 2]);

	await site.sql('select pgbell.withdraw($1)', [first]);
	for (const stream of streams)
		await waitFor('the deletion', () => stream.events.some(({ event, data }) => event === 'notification_deleted'
			&& data.id === told(stream, 'first')[0].data.id));
	await waitFor('its end', async () => (await site.sql('select from pgbell.announcement where id = $1', [first])).length === 0);
	assert.deepEqual(await kinds(people[1]), ['second']);
	for (const stream of streams)
		stream.close();
});

test('who has no stream has it when she asks, and who signs up later too, however often at the same time', async () => {
	await announce('while away');
	const [one, two, three] = people;
	const lists = await Promise.all(Array.from({ length: 8 }, (_, i) => [() => get('', one), () => get('/unread-count', one), () => get('/events?after=0', one)][i % 3]()));
	assert.equal(lists.filter(Boolean).length, 8);
	assert.deepEqual((await kinds(one)).filter((kind) => kind === 'while away'), ['while away']);
	const { events, seq } = await get('/events?after=0', two);
	assert.deepEqual([events.at(-1).data.kind, events.at(-1).seq], ['while away', seq]);
	assert.equal((await get('/counts', three)).kinds['while away'], 1);
	const late = await site.signUp();
	assert.deepEqual(await kinds(late), ['while away', 'second']);
	const stream = await site.stream((await site.signUp()).token);
	await waitFor('what was announced before she came', () => told(stream, 'while away').length === 1 && told(stream, 'second').length === 1);
	stream.close();
});

test('whoever has an inbox in hand holds up nobody else, and no list', async () => {
	const [held, other] = people;
	const streams = await Promise.all([held, other].map(({ token }) => site.stream(token)));
	for (const stream of streams)
		await stream.next('connected');
	const holder = await site.connect();
	await holder.query('begin');
	await holder.query('select from pgbell.inbox where address = $1 for update', [String(held.id)]);
	await announce('beside');
	await waitFor('the other one', () => told(streams[1], 'beside').length === 1);
	assert.equal((await kinds(held)).includes('beside'), false, 'the list is as it was, at once');
	await holder.query('commit');
	await holder.end();
	await waitFor('her turn', () => told(streams[0], 'beside').length === 1);
	for (const stream of streams)
		stream.close();
});

// A commit that notifies waits for those before it, longer than a chore waits for a lock.
test('a commit that could not ring in time is made again', async () => {
	const streams = await Promise.all(people.map(({ token }) => site.stream(token)));
	for (const stream of streams)
		await stream.next('connected');
	await site.sql(`select pgbell.notify('nobody', 'soon', deliver_at => clock_timestamp() + interval '1 s')`); // they ask then
	await site.superuser(`alter system set synchronous_standby_names = 'nobody'`);
	const holder = await site.connect({ user: 'postgres' });
	try {
		await site.superuser('select pg_reload_conf()');
		await waitFor('the setting', async () => (await site.superuser('show synchronous_standby_names'))[0].synchronous_standby_names === 'nobody');
		const held = holder.query(`set synchronous_commit = on; create table held_up (); notify held_up`);
		held.catch(() => {});
		await waitFor('one that holds all others up', async () => (await site.superuser(`select from pg_stat_activity where wait_event = 'SyncRep'`)).length > 0);
		const announcer = await site.connect();
		await announcer.query(`set pgbell.bell = none; set synchronous_commit = local`);
		await announcer.query(`select pgbell.announce('held up')`);
		await announcer.end();
		await waitFor('a try', async () => /statement=announce sqlstate=55P03/.test(await readFile(join(site.state, 'log/pgbell-stream.log'), 'utf8')));
	} finally {
		await site.superuser('alter system reset synchronous_standby_names');
		await site.superuser('select pg_reload_conf()');
		await holder.end();
	}
	for (const stream of streams)
		await waitFor('it', () => told(stream, 'held up').length === 1);
	for (const stream of streams)
		stream.close();
});

test('it expires on the second, in every list', async () => {
	const stream = await site.stream(people[0].token);
	await stream.next('connected');
	await announce('short', `, clock_timestamp() + interval '2 s'`);
	await waitFor('it', () => told(stream, 'short').length === 1);
	assert.equal((await kinds(people[1]))[0], 'short');
	const [{ at }] = await site.sql(`select extract(epoch from expires_at)::float8 * 1000 as at from pgbell.announcement where kind = 'short'`);
	await waitFor('its end', () => stream.events.some(({ event, data }) => event === 'notification_deleted' && data.id === told(stream, 'short')[0].data.id));
	assert.ok(Date.now() >= at, 'no earlier');
	await waitFor('the end for all', async () => (await site.sql(`select from pgbell.notification where kind = 'short'`)).length === 0);
	assert.equal((await kinds(people[1])).includes('short'), false);
	stream.close();
});

test('a role that may only notify cannot announce', async () => {
	await site.sql('create role shop login');
	await site.sql('grant usage on schema pgbell to shop');
	await site.sql('grant execute on function pgbell.notify to shop');
	const shop = await site.connect({ user: 'shop' });
	await assert.rejects(shop.query(`select pgbell.announce('x')`), { code: '42501' });
	await site.sql('grant execute on function pgbell.announce, pgbell.withdraw to shop');
	const { rows: [{ id }] } = await shop.query(`select pgbell.announce('of the shop') as id`);
	assert.deepEqual((await shop.query('select pgbell.withdraw($1) as was', [id])).rows, [{ was: true }]);
	await shop.end();
});

test('a dump brings it along: nobody has it twice, and who has not been there has it yet', unlessNewer, async () => {
	await announce('before the dump');
	const [was, , absent] = people;
	assert.equal((await kinds(was))[0], 'before the dump');
	const env = { ...process.env, ...site.env, PGUSER: 'postgres' };
	await site.superuser('create database restored');
	const { stdout } = await run('pg_dump', [], { env, maxBuffer: 1 << 26 });
	const psql = run('psql', ['-Xq', '-v', 'ON_ERROR_STOP=1'], { env: { ...env, PGDATABASE: 'restored' }, maxBuffer: 1 << 26 });
	psql.child.stdin.end(stdout);
	await psql;
	const restored = new pg.Client({ host: site.env.PGHOST, port: Number(site.env.PGPORT), database: 'restored', user: 'postgres' });
	await restored.connect();
	const ask = async (text, ...values) => (await restored.query(text, values)).rows;
	const announced = `select count(*)::integer as times from pgbell.notification where user_id = $1 and kind = 'before the dump'`;
	for (const { id } of [was, was, absent])
		await ask('select * from pgbell.take_announcements(array[$1])', String(id));
	assert.deepEqual([await ask(announced, String(was.id)), await ask(announced, String(absent.id))], [[{ times: 1 }], [{ times: 1 }]]);
	await ask(`select pgbell.announce('behind it')`);
	assert.deepEqual(await ask('select taken from pgbell.take_announcements($1)', [String(was.id), String(absent.id)]), [{ taken: 2 }]);
	assert.deepEqual(await ask('select * from pgbell.check_consistency()'), []);
	await restored.end();
	await site.superuser('drop database restored');
});
