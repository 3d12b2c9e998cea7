// Transactions of every kind and isolation at once, for three people, two of whom have so many unread
// that marking all is a change of the inbox.  No fault but the conflicts that they make each other:
// in the end each log makes the list that there is, event by event and count by count.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSite } from '../lib/site.mjs';
import { compose } from './composer.mjs';
import { judge } from './judge.mjs';
import { Ledger } from './ledger.mjs';
import { joinLog, readLists, readLog } from './log.mjs';
import { Random } from './random.mjs';
import { formatFindings } from './report.mjs';

const SECONDS = 8;
const LANES = 6;
const VERY_MANY = 1_100;
const isolations = ['read committed', 'read committed', 'repeatable read', 'serializable'];
const conflicts = ['40001', '40P01', '55P03', 'PB404', 'PB409', 'PB503']; // by another who was there first

const seed = process.env.SEED ?? String(Date.now() % 1_000_000);
let site, people, ledger;

before(async () => {
	site = await startSite({ apis: 1 });
	await site.superuser("alter system set deadlock_timeout = '50ms'");
	await site.superuser('select pg_reload_conf()');
	await site.sql(`create schema fault;
		create table fault.archive (like pgbell.event, primary key (address, seq));
		create unique index digest on pgbell.notification (user_id, subject) where kind = 'digest'`);
	people = await site.sql("select id, s.token from unnest(array['ann', 'bob', 'cleo']) id, pgbell.create_session(id) s");
	for (const person of people.slice(0, 2))
		await addMany({ query: (...words) => site.sql(...words) }, person);
});
after(() => site.stop());

const addMany = (client, { id }) => client.query("insert into pgbell.notification (user_id, kind) select $1, 'many' from generate_series(1, $2)", [id, VERY_MANY]);

async function pickOne(client, { id }) {
	const { rows } = await client.query('select id from pgbell.notification where user_id = $1 order by random() limit 1', [id]);
	return rows[0]?.id ?? 0;
}

// What there is besides composed transactions: (client, person, random)
const doings = {
	settle: (client, _, random) => client.query('select pgbell.settle_read($1)', [random.integer(1, 500)]),
	markAll: (client, { token }) => client.query('select pgbell.mark_all_read($1)', [token]),
	addManyAndMarkAll: async (client, person) => {
		await addMany(client, person);
		await client.query('select pgbell.mark_all_read($1)', [person.token]);
	},
	markUpTo: async (client, { id, token }, random) => {
		const { rows } = await client.query('select seq from pgbell.inbox where address = $1', [id]);
		await sleep(random.integer(0, 20));
		await client.query('select pgbell.mark_all_read($1, $2)', [token, rows[0]?.seq]);
	},
	markOne: async (client, person, random) => {
		const id = await pickOne(client, person);
		if (id)
			await client.query(`select pgbell.${random.pick(['mark_unread', 'mark_read'])}($1, $2)`, [person.token, id]);
	},
	markBySql: (client, { id }, random) => client.query(
		`update pgbell.notification set read_at = ${random.pick(['null', 'now()'])} where user_id = $1 and id % 7 = $2`, [id, random.integer(0, 6)]),
	remove: (client, { id }) => client.query(`delete from pgbell.notification where id in (
		select id from pgbell.notification where user_id = $1 and id % 5 = 0 order by id desc limit 20)`, [id]),
};

async function runLane(name, until) {
	const client = await site.connect(), random = new Random(`${seed}/${name}`);
	await client.query("set lock_timeout = '2s'");
	while (Date.now() < until) {
		const transaction = ledger.begin(name);
		transaction.outcome = 'rolled back';
		try {
			await client.query(`begin isolation level ${random.pick(isolations)}`);
			if (random.chance(0.5))
				await doings[random.pick(Object.keys(doings))](client, random.pick(people), random);
			await compose(transaction, {
				query: (...words) => client.query(...words), choosePerson: () => random.pick(people), nextMark: () => ledger.nextMark(), random,
			});
			if ((await client.query('commit')).command === 'COMMIT')
				transaction.outcome = 'committed';
		} catch (error) {
			assert.ok(conflicts.includes(error.code), `${error.code} ${error.message}`);
			await client.query('rollback');
		}
	}
}

test(`each log makes the list that there is, whatever is done at once (SEED=${seed})`, async (t) => {
	ledger = new Ledger();
	const until = Date.now() + SECONDS * 1000;
	await Promise.all(Array.from({ length: LANES }, (_, i) => runLane(`lane ${i}`, until)));
	const { committed } = ledger.count();
	t.diagnostic(`${committed} transactions committed`);
	assert.ok(committed > 20);

	const log = joinLog(await readLog(site), [], []), lists = await readLists(site);
	for (const list of lists.values())
		list.forEach((row) => { delete row.isClaimed; }); // nobody hands out here
	const { findings } = judge({ log, lists, trims: [], readers: [], ledger });
	assert.equal(findings.length, 0, `SEED=${seed}\n${formatFindings(findings).join('\n')}`);
	assert.deepEqual(await site.sql('select * from pgbell.check_consistency()'), []);
	assert.deepEqual(await site.sql('select * from pgbell.pending'), []);
});
