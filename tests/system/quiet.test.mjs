// The quiet bell: a process that sleeps is rung for each commit, one that is awake looks for itself
// and nobody rings; and whatever happens in between, nothing that was committed stays unseen.
//
// The floor is an hour, so that what arrives was rung or looked for.

import assert from 'node:assert';
import { after, afterEach, before, test } from 'node:test';
import { Follower } from '../lib/follower.mjs';
import { readMetrics, untilMetrics } from '../lib/metrics.mjs';
import { startSite } from '../lib/site.mjs';
import { PATIENCE_MS, waitFor } from '../lib/wait.mjs';

const BERTHS = [1, 2, 3, 4];
const WRITERS = 8;

let site, listener, stranger;
let rung = []; // payloads of all bells
let number = 0;
const followers = []; // of the test that runs

async function connect() {
	stranger = await site.connect({ user: 'stranger' });
	listener = await site.connect();
	listener.on('notification', ({ payload }) => { if (!payload.startsWith(' ')) rung.push(payload); });
	await listener.query('listen pgbell');
}

before(async () => {
	site = await startSite({ apis: 1, env: { PGBELL_FLOOR_S: '3600' } });
	await site.superuser('create role stranger login');
	await connect();
});
afterEach(async () => {
	await unlock();
	followers.splice(0).forEach((follower) => follower.close());
});
after(() => site.stop());

// A person with a stream that is followed; each time another one, who was told something before:
// the first number of all leaps where PostgreSQL was started again.
async function follow(options) {
	const id = `person-${++number}`;
	await notify(site, id);
	const [{ token }] = await site.sql('select token from pgbell.create_session($1)', [id]);
	const follower = new Follower(`${site.url}/api/notifications/stream`, token, options);
	followers.push(follower);
	await follower.until(({ connected }) => connected > 0);
	return { id, token, follower, notify: (client = site) => notify(client, id) };
}

const notify = (client, id) => (client.sql ?? client.query).call(client, "insert into pgbell.notification (user_id, kind) values ($1, 'k')", [id]);

// All that the person was ever told, in order and once, and no less than so many.
async function hasAll({ follower }, count) {
	await follower.until(({ taken }) => taken >= count);
	assert.equal(follower.taken, count);
	assert.deepEqual(follower.faults, []);
}

const untilAsleep = () => untilMetrics(site, (samples) => samples.get('pgbell_asleep') === 1);

// The locks of the bell: none of the database's roles needs a right for them.  A wait for the berth that it sleeps in is
// served when it leaves that, before it can take another; and rings of a crowd, as writers ring when they wait for
// one another, have it leave, however slow all of this is.
async function take(how, numbers, client) {
	const [{ key }] = await site.sql('select pgbell.bell_lock() as key');
	let isOver = false;
	const taking = client.query(`set lock_timeout = ${PATIENCE_MS}; select pg_advisory_lock${how}(${key}, n) from unnest(array[${numbers}]) n`)
		.finally(() => { isOver = true; });
	await Promise.all([taking, waitFor('all of them', async () => {
		for (let i = 0; i < 8 && !isOver; i++)
			await site.sql("select pg_notify('pgbell', 'nobody ')");
		return isOver;
	}, 2 * PATIENCE_MS)]);
}
const unlock = (client = stranger) => client.query('select pg_advisory_unlock_all()').catch(() => {});

// Awake, and kept so by a stranger who has all berths shared.
async function keepAwake(client = stranger) {
	await take('_shared', BERTHS, client);
	await untilMetrics(site, (samples) => samples.get('pgbell_asleep') === 0);
}

// The bells since the last look; what was rung before arrives before one of our own.
async function countBells(id) {
	const last = `last-${++number}`;
	await site.sql('select pg_notify($1, $2)', ['pgbell', last]);
	await waitFor('our own bell', () => rung.includes(last));
	return rung.splice(0).filter((payload) => payload.split(' ').includes(id)).length;
}

test('at_rest_it_sleeps_and_each_commit_rings_once', async () => {
	const person = await follow();
	await untilAsleep();
	const looks = (await readMetrics(site)).get('pgbell_looks_total');
	await countBells();
	for (let i = 1; i <= 5; i++) {
		await person.notify();
		await hasAll(person, i);
	}
	assert.equal(await countBells(person.id), 5);
	assert.equal((await readMetrics(site)).get('pgbell_looks_total'), looks, 'and it does not look');
});

test('who_is_awake_is_not_rung_and_has_every_event_of_many_writers', async () => {
	const people = await Promise.all(Array.from({ length: 5 }, () => follow()));
	await keepAwake();
	await countBells();
	await Promise.all(Array.from({ length: WRITERS }, async (_, i) => {
		const client = await site.connect();
		for (let turn = 0; turn < 25; turn++)
			await people[(i + turn) % 5].notify(client);
	}));
	for (const person of people)
		await hasAll(person, WRITERS * 5);
	for (const person of people)
		assert.equal(await countBells(person.id), 0, 'nobody rang');
	await unlock();
	await untilAsleep();
	await people[0].notify();
	await hasAll(people[0], WRITERS * 5 + 1);
	assert.equal(await countBells(people[0].id), 1, 'asleep again, it is rung');
});

test('writers_side_by_side_wake_it_and_when_they_are_done_it_sleeps', async () => {
	const people = await Promise.all(Array.from({ length: WRITERS }, () => follow()));
	await untilAsleep();
	const before = await readMetrics(site);
	let isOver = false;
	const told = Promise.all(people.map(async (person) => {
		const client = await site.connect();
		let count = 0;
		for (; !isOver; count++)
			await person.notify(client);
		return [person, count];
	}));
	await untilMetrics(site, (samples) => samples.get('pgbell_looks_total') > before.get('pgbell_looks_total') + 10);
	isOver = true;
	for (const [person, count] of await told)
		await hasAll(person, count);
	await untilMetrics(site, (samples) => samples.get('pgbell_asleep') === 1 && samples.get('pgbell_sleeps_total') > before.get('pgbell_sleeps_total'));
});

test('a_repeatable_read_writer_whose_snapshot_is_older_than_the_sleep_rings_and_one_that_is_older_than_the_waking_is_found', async () => {
	const person = await follow();
	const [old, older] = [await site.connect(), await site.connect()];
	await keepAwake();
	for (const client of [old, older])
		await client.query('begin isolation level repeatable read; select count(*) from pgbell.inbox');
	await unlock();
	await untilAsleep();
	await countBells();
	await person.notify(old);
	await old.query('commit');
	await hasAll(person, 1);
	assert.equal(await countBells(person.id), 1);
	await older.query('rollback; begin isolation level serializable; select count(*) from pgbell.inbox');
	await keepAwake();
	await person.notify(older);
	await older.query('commit');
	await hasAll(person, 2);
	assert.equal(await countBells(person.id), 0);
	await unlock();
});

test('a_transaction_that_numbers_early_and_stays_open_keeps_it_awake_and_hides_nothing', async () => {
	const [person, other] = [await follow(), await follow()];
	const client = await site.connect();
	await keepAwake();
	await client.query('begin');
	await person.notify(client);
	await client.query('select pgbell.number_pending()');
	await unlock();
	for (let i = 1; i <= 20; i++) {
		await other.notify();
		await hasAll(other, i);
	}
	assert.equal(person.follower.taken, 0);
	assert.equal((await readMetrics(site)).get('pgbell_asleep'), 0);
	await client.query('commit');
	await hasAll(person, 1);
	await untilAsleep();
});

test('what_is_rolled_back_to_a_savepoint_and_told_again_is_told_once', async () => {
	const person = await follow();
	const client = await site.connect();
	await keepAwake();
	await client.query('begin; savepoint s');
	await person.notify(client);
	await client.query('select pgbell.number_pending(); rollback to s');
	await person.notify(client);
	await client.query('commit');
	await hasAll(person, 1);
	await unlock();
});

test('a_prepared_transaction_is_found_when_it_is_committed_and_refused_where_it_would_ring', async () => {
	await site.superuser('alter system set max_prepared_transactions = 2');
	process.kill(await site.pid('postgres'), 'SIGINT');
	await waitFor('PostgreSQL with prepared transactions', async () => (await site.superuser('show max_prepared_transactions').catch(() => [{}]))[0].max_prepared_transactions === '2');
	await site.waitUntilHealthy();
	await connect();
	const [person, other] = [await follow(), await follow()];
	const client = await site.connect();
	await keepAwake();
	await client.query('begin');
	await person.notify(client);
	await client.query("prepare transaction 'one'");
	await unlock();
	for (let i = 1; i <= 5; i++) {
		await other.notify();
		await hasAll(other, i);
	}
	assert.equal((await readMetrics(site)).get('pgbell_asleep'), 0, 'its locks stay until it is over');
	await client.query("commit prepared 'one'");
	await hasAll(person, 1);
	await untilAsleep();
	await client.query('begin');
	await person.notify(client);
	await assert.rejects(client.query("prepare transaction 'two'"), /cannot PREPARE a transaction that has executed/);
	await client.query("begin; set local pgbell.bell = 'none'");
	await person.notify(client);
	await client.query("prepare transaction 'three'");
	await client.query("commit prepared 'three'");
	await person.notify();
	await hasAll(person, 3);
});

for (const state of ['asleep', 'awake']) {
	test(`a_process_that_is_killed_while_it_is_${state}_misses_nothing`, async () => {
		const person = await follow();
		await (state === 'awake' ? keepAwake() : untilAsleep());
		process.kill(await site.pid('pgbell-stream'), 'SIGKILL');
		await person.notify();
		await unlock();
		await person.follower.until(({ connected }) => connected > 1);
		await person.notify();
		await hasAll(person, 2);
		await untilAsleep();
	});

	test(`a_listener_that_is_lost_while_it_is_${state}_misses_nothing`, async () => {
		const person = await follow();
		await (state === 'awake' ? keepAwake() : untilAsleep());
		for (let i = 1; i <= 3; i++) {
			await site.superuser("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pgbell-stream listener'");
			await person.notify();
			await hasAll(person, i);
		}
		await unlock();
		await untilAsleep();
		assert.equal(person.follower.connected, 1);
	});

	test(`a_reader_that_is_lost_while_it_is_${state}_misses_nothing`, async () => {
		const person = await follow();
		await (state === 'awake' ? keepAwake() : untilAsleep());
		for (let i = 1; i <= 3; i++) {
			await site.superuser("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pgbell-stream reader'");
			await person.notify();
			await hasAll(person, i);
		}
		await unlock();
		await untilAsleep();
	});

	test(`one_that_stands_still_while_it_is_${state}_has_all_of_it_afterwards`, async () => {
		const person = await follow();
		await (state === 'awake' ? keepAwake() : untilAsleep());
		const pid = await site.pid('pgbell-stream');
		process.kill(pid, 'SIGSTOP');
		for (let i = 0; i < 20; i++)
			await person.notify();
		process.kill(pid, 'SIGCONT');
		await hasAll(person, 20);
		await unlock();
	});
}

test('a_stranger_with_every_berth_has_everybody_ring_and_nobody_miss_anything', async () => {
	const person = await follow();
	await take('', [...BERTHS, 7], stranger);
	await countBells();
	for (let i = 1; i <= 5; i++) {
		await person.notify();
		await hasAll(person, i);
	}
	assert.equal(await countBells(person.id), 5);
	await unlock();
	await untilAsleep();
});

test('where_it_is_not_known_that_somebody_listens_writers_ring', async () => {
	const person = await follow();
	await keepAwake();
	await site.superuser("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pgbell-stream listener'");
	await site.waitUntilHealthy();
	await countBells();
	await person.notify();
	await hasAll(person, 1);
	assert.equal(await countBells(person.id), 1);
	await unlock();
	await untilAsleep();
});

test('a_listener_of_an_older_release_is_rung_as_well', async () => {
	const person = await follow();
	const older = await site.connect({ user: 'pgbell_stream' });
	await older.query("set application_name = 'pgbell-stream listener'");
	await older.query('listen pgbell');
	await site.superuser("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pgbell-stream listener' and pid <> $1",
		[(await older.query('select pg_backend_pid() as pid')).rows[0].pid]);
	await site.waitUntilHealthy();
	await untilAsleep();
	await keepAwake();
	await countBells();
	await person.notify();
	await hasAll(person, 1);
	assert.equal(await countBells(person.id), 1, 'who is awake and one of this release does not keep it from others');
	await unlock();
	await older.end();
	await untilAsleep();
	await keepAwake(); // which takes a berth, as soon as it was asleep once more
	await unlock();
	await untilAsleep();
	await keepAwake();
	await countBells();
	await person.notify();
	await hasAll(person, 2);
	assert.equal(await countBells(person.id), 0, 'none of them is there any more');
});

test('what_a_look_finds_is_told_without_a_read_and_where_it_finds_too_much_it_is_read', async () => {
	const person = await follow();
	await keepAwake();
	await person.notify(); // the read that looks for who came while nobody was asked is over
	await hasAll(person, 1);
	const reads = () => readMetrics(site).then((samples) => samples.get('pgbell_reads_total'));
	const before = await reads();
	for (let i = 2; i <= 20; i++) {
		await person.notify();
		await hasAll(person, i);
	}
	await site.sql(`insert into pgbell.notification (user_id, kind) select $1, 'k' from generate_series(1, 63)`, [person.id]);
	await hasAll(person, 83);
	assert.equal(await reads(), before);
	await site.sql(`insert into pgbell.notification (user_id, kind) select $1, 'k' from generate_series(1, 64)`, [person.id]);
	await hasAll(person, 147);
	assert.ok(await reads() > before);
});

test('more_events_than_a_look_tells_one_by_one_are_told', async () => {
	const person = await follow();
	await keepAwake();
	await site.sql("insert into pgbell.notification (user_id, kind) select 'crowd-' || i, 'k' from generate_series(1, 12000) i union all select $1, 'k'", [person.id]);
	await hasAll(person, 1);
	await unlock();
	await untilAsleep();
});

test('five_processes_have_four_berths_and_each_of_their_streams_has_every_event', async () => {
	const crowd = await startSite({ apis: 1, streams: 5, env: { PGBELL_FLOOR_S: '3600' } });
	const [{ token }] = await crowd.sql("select token from pgbell.create_session('ann')");
	const crowded = Array.from({ length: 20 }, () => new Follower(`${crowd.url}/api/notifications/stream`, token));
	for (const follower of crowded)
		await follower.until(({ connected }) => connected > 0);
	let count = 0;
	const settle = async () => {
		for (const follower of crowded) {
			await follower.until(({ taken }) => taken >= count);
			assert.deepEqual(follower.faults, []);
		}
	};
	for (; count < 5; await settle(), count++)
		await notify(crowd, 'ann');
	await Promise.all(Array.from({ length: WRITERS }, async () => {
		const client = await crowd.connect();
		for (let turn = 0; turn < 25; turn++, count++)
			await client.query("insert into pgbell.notification (user_id, kind) values ('ann', 'k')");
	}));
	await settle();
	for (const follower of crowded)
		assert.equal(follower.taken, count);
	crowded.forEach((follower) => follower.close());
	await crowd.stop();
});
