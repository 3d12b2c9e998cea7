// `make growth`: what an insert, a read, a mark and a list cost PostgreSQL while everything grows by a
// thousand: the log, the people in the database, and the notifications of one of them.
//
//   SIZES='10000 10000000'   events in the log; a hundredth as many people, and a tenth as many
//                            notifications of one person
//   REPEATS=5                how often each cell is measured at each size
//   KEEP=1                   put what came out into tests/bench/results/growth.md too
//
// Quarter of an hour, and 8 GB of disk under $TMPDIR, which are given back.
//
// The tables are filled without triggers, as a restore fills them, and are what triggers would have made of
// it: pgbell.check_consistency(0) has a look at the smallest.  Measured is the CPU time of the process of PostgreSQL that
// does it; a disk and a neighbour have no part in that.

import assert from 'node:assert';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { root, startSite } from '../lib/site.mjs';
import { describeMachine } from './lib/machine.mjs';
import { markdown, show, spread } from './lib/table.mjs';

const SIZES = (process.env.SIZES || '10000 100000 1000000 10000000').split(/\s+/).map(Number);
const REPEATS = Number(process.env.REPEATS || 5);
const DOINGS = 300; // in one measurement
const EVENTS_OF_ONE = 10; // of so many in the log one is of "one"
const EVENTS_A_PERSON = 90;
const NOTIFICATIONS_A_PERSON = 10;
const FLAT = 0.1;
const AT_ONCE = 500_000; // rows in one statement
const began = Date.now();

const say = (text) => console.log(`${String(Math.round((Date.now() - began) / 1000)).padStart(5)} s  ${text}`);
const sizesOf = (events) => ({ events, people: events / 100, ofOne: events / EVENTS_OF_ONE });

// --- filling -------------------------------------------------------------------

const PAD = JSON.stringify({ id: 12345, kind: 'bench', data: { n: 1, text: 'x'.repeat(60) }, created_at: '2026-01-01T00:00:00.000Z', read_at: null });

// Rows from..to - 1 of a statement that takes both, some at a time.
async function fill(client, from, to, statement) {
	for (let at = from; at < to; at += AT_ONCE)
		await client.query(statement, [at, Math.min(to, at + AT_ONCE) - 1]);
}

async function grow(client, before, now) {
	await client.query('set session_replication_role = replica');
	await fill(client, before.people * EVENTS_A_PERSON, now.people * EVENTS_A_PERSON, `
		insert into pgbell.event (address, seq, type, data, unread_count, created_at)
		select 'p' || 1 + i / ${EVENTS_A_PERSON}, 1 + i % ${EVENTS_A_PERSON}, 'new_notification', '${PAD}', least(1 + i % ${EVENTS_A_PERSON}, ${NOTIFICATIONS_A_PERSON}), now()
		from generate_series($1::bigint, $2) i`);
	await fill(client, before.people * NOTIFICATIONS_A_PERSON, now.people * NOTIFICATIONS_A_PERSON, `
		insert into pgbell.notification (user_id, kind, data)
		select 'p' || 1 + i / ${NOTIFICATIONS_A_PERSON}, 'bench', '{"n": 1, "text": "${'x'.repeat(60)}"}'
		from generate_series($1::bigint, $2) i`);
	await fill(client, before.people, now.people, `
		insert into pgbell.inbox (address, seq, unread_count, era)
		select 'p' || 1 + i, ${EVENTS_A_PERSON}, ${NOTIFICATIONS_A_PERSON}, pgbell.current_era() from generate_series($1::bigint, $2) i`);
	const { rows: [{ seq }] } = await client.query(`select coalesce(max(seq), 0)::int as seq from pgbell.inbox where address = 'one'`);
	await fill(client, seq, seq + now.ofOne - before.ofOne, `
		insert into pgbell.event (address, seq, type, data, unread_count, created_at)
		select 'one', 1 + i, 'new_notification', '${PAD}', 1 + i, now() from generate_series($1::bigint, $2) i`);
	await fill(client, before.ofOne, now.ofOne, `
		insert into pgbell.notification (user_id, kind, data)
		select 'one', 'bench', '{"n": 1, "text": "${'x'.repeat(60)}"}' from generate_series($1::bigint, $2) i`);
	await client.query(`
		insert into pgbell.inbox as i (address, seq, unread_count, era) values ('one', $1::integer, $1::integer, pgbell.current_era())
		on conflict (address) do update set seq = i.seq + $1::integer, unread_count = i.unread_count + $1::integer`, [now.ofOne - before.ofOne]);
	await client.query('reset session_replication_role');
	for (const table of ['event', 'notification', 'inbox'])
		await client.query(`vacuum (freeze, analyze) pgbell.${table}`);
	await client.query('checkpoint');
}

// --- measuring -----------------------------------------------------------------

const anybody = ({ people }) => `p${1 + Math.floor(Math.random() * people)}`;
const some = (make) => Array.from({ length: DOINGS }, make);

async function seqsOf(client, addresses) {
	const { rows } = await client.query('select address, seq from pgbell.inbox where address = any ($1)', [addresses]);
	const seqs = new Map(rows.map(({ address, seq }) => [address, seq]));
	return addresses.map((address) => [address, Number(seqs.get(address)) - 1]);
}

async function tokensOf(client, people) {
	const { rows } = await client.query(`
		select 'sha256:' || encode(sha256(convert_to(s.token, 'UTF8')), 'hex') as token from unnest($1::text[]) with ordinality p (id, i),
			pgbell.create_session(p.id) s order by i`, [people]);
	return rows.map(({ token }) => token);
}

// Of each of these people some notification that is unread: [token, id]
async function unreadOf(client, people) {
	const { rows } = await client.query(`
		select p.id as person, n.id from unnest($1::text[]) p (id), lateral (
			select id from pgbell.notification where user_id = p.id and read_at is null order by id limit 1) n`, [[...new Set(people)]]);
	const tokens = await tokensOf(client, rows.map(({ person }) => person));
	return rows.map(({ id }, i) => [tokens[i], id]);
}

async function unreadOfOne(client) {
	const { rows } = await client.query(`select id from pgbell.notification where user_id = 'one' and read_at is null order by random() limit ${DOINGS}`);
	const [token] = await tokensOf(client, ['one']);
	return rows.map(({ id }) => [token, id]);
}

const INSERT = `insert into pgbell.notification (user_id, kind, data) values ($1, 'bench', '{"n": 1, "text": "${'x'.repeat(60)}"}')`;
const READ = 'select * from pgbell.events_after(array[$1::text], array[$2::bigint], 8, 65536)';
const MARK = 'select pgbell.mark_read($1, $2)';
const LIST = 'select pgbell.list_notifications($1, 20, $2)';
const COUNT = 'select pgbell.get_unread_count($1)';

// [what, statement, its parameters]
const works = [
	['insert for anybody', INSERT, (client, sizes) => some(() => [anybody(sizes)])],
	['insert for the one', INSERT, () => some(() => ['one'])],
	['read of anybody', READ, (client, sizes) => seqsOf(client, some(() => anybody(sizes)))],
	['read of the one', READ, (client) => seqsOf(client, some(() => 'one'))],
	['mark by anybody', MARK, (client, sizes) => unreadOf(client, some(() => anybody(sizes)))],
	['mark by the one', MARK, unreadOfOne],
	['list of the one', LIST, async (client) => (await tokensOf(client, ['one'])).flatMap((token) => some(() => [token, null]))],
	['list of the one, anywhere', LIST, unreadOfOne],
	['count of the one', COUNT, async (client) => (await tokensOf(client, ['one'])).flatMap((token) => some(() => [token]))],
];

const cpuUs = async (pid) => Number((await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ')[0]) / 1000;

// Microseconds of CPU for one.
async function measure(client, pid, [name, text, find], sizes) {
	const parameters = await find(client, sizes);
	const before = await cpuUs(pid);
	for (const values of parameters)
		await client.query({ name, text, values });
	return (await cpuUs(pid) - before) / parameters.length;
}

async function measureAll(site, sizes) {
	const client = await site.connect();
	const { rows: [{ pid }] } = await client.query('select pg_backend_pid() as pid');
	const found = new Map(works.map(([name]) => [name, []]));
	for (let round = -1; round < REPEATS; round++) // the first one is for the caches
		for (const work of works) {
			const cost = await measure(client, pid, work, sizes);
			if (round >= 0)
				found.get(work[0]).push(cost);
		}
	await client.end();
	return new Map([...found].map(([name, list]) => [name, spread(list)[1]]));
}

// --- telling -------------------------------------------------------------------

function exponent(costs, sizes) {
	return Math.log(costs.at(-1) / costs[0]) / Math.log(sizes.at(-1) / sizes[0]);
}

function tell(sizes, measured) {
	const { date, machine, versions } = describeMachine();
	const rows = works.map(([name]) => {
		const costs = measured.map((it) => it.get(name));
		return [name, ...costs.map(show), exponent(costs, sizes).toFixed(3), exponent(costs, sizes) < FLAT ? 'yes' : '**no**'];
	});
	const head = sizes.map((events) => {
		const { people, ofOne } = sizesOf(events);
		return [events, people, ofOne].map((it) => it.toLocaleString('en')).join(' / ');
	});
	return [
		'# How it grows: `make growth`', '',
		`${date}, ${machine}; PostgreSQL ${versions.PostgreSQL}. CPU of PostgreSQL, µs, medians of ${REPEATS}; above them how many events are in the log / people in the database / notifications of the one.`, '',
		markdown(['', ...head, 'exponent', `below ${FLAT}`], rows), '',
		`The exponent is that by which the cost has grown from the first to the last: 1 is as much as everything else, 0 not at all. Indexes are deeper, and from some size on not all of them are in PostgreSQL’s own memory (128 MB).`, '',
	].join('\n');
}

process.env.PGBELL_BIN = `${root}/build`;
const site = await startSite({ apis: 1, env: { PGBELL_LOG_LEVEL: 'warning', PGBELL_TRIM_S: '0' } });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	process.once(signal, () => site.stop().finally(() => process.exit(1)));
const measured = [];
try {
	await site.sql('drop trigger if exists leave_muted_out on pgbell.notification'); // the example application's
	const superuser = await site.connect({ user: 'postgres' });
	let before = { events: 0, people: 0, ofOne: 0 };
	for (const events of SIZES) {
		const sizes = sizesOf(events);
		await grow(superuser, before, sizes);
		say(`filled: ${JSON.stringify(sizes)}`);
		if (before.events === 0)
			assert.deepEqual((await superuser.query('select * from pgbell.check_consistency()')).rows, [], 'what was filled is what triggers make');
		measured.push(await measureAll(site, sizes));
		say([...measured.at(-1)].map(([name, cost]) => `${name} ${show(cost)}`).join(', '));
		before = sizes;
	}
	await superuser.end();
} finally {
	await site.stop();
}
const text = tell(SIZES, measured);
console.log(`\n${text}`);
if (process.env.KEEP) {
	const kept = fileURLToPath(new URL('results/', import.meta.url));
	await mkdir(kept, { recursive: true });
	await writeFile(`${kept}growth.md`, text);
}
