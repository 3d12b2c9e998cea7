// Many writers at random, and readers at the same time: every reader reads every number, in order.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { startSite } from '../lib/site.mjs';

const WRITERS = 8;
const WRITING_MS = 3_000;

let site;

before(async () => { site = await startSite({ apis: 1 }); });
after(() => site.stop());

async function assertNoHole(user) {
	const events = await site.sql('select seq::float8 from pgbell.event where address = $1 order by seq', [user]);
	assert.deepEqual(events.map(({ seq }) => seq), events.map((_, i) => i + 1));
}

const notify = (client, user, kind) => client.query('select pgbell.notify($1, $2)', [user, kind]);

const people = Array.from({ length: 6 }, (_, i) => `p${i}`);
const pick = (list) => list[Math.floor(Math.random() * list.length)];
const some = () => people.filter(() => Math.random() < 0.5);

// What a writer may do; each is one transaction.
const activities = {
	notifySome: async (client) => {
		await client.query('begin');
		for (const user of some().sort(() => Math.random() - 0.5))
			await client.query('select pgbell.notify($1, $2, $3, $4)', [user, 'k', {}, `thing/${pick([1, 2, 3])}`]);
		await client.query(pick(['commit', 'commit', 'rollback']));
	},
	notifyMany: (client) => client.query(
		"insert into pgbell.notification (user_id, kind) select unnest($1::text[]), 'k' from generate_series(1, 3)",
		[some()]),
	notifyInSavepoints: async (client) => {
		await client.query('begin');
		for (const user of some()) {
			await client.query('savepoint s');
			await notify(client, user, 'k');
			if (Math.random() < 0.5)
				await client.query('rollback to s');
		}
		await client.query('commit');
	},
	markOneRead: (client, token) => withSome(client, token, 'read_at is null', 'mark_read'),
	markOneUnread: (client, token) => withSome(client, token, 'read_at is not null', 'mark_unread'),
	deleteOne: (client, token) => withSome(client, token, 'true', 'delete_notification'),
	markAllRead: (client, token) => client.query('select pgbell.mark_all_read($1)', [token]).catch((error) => assert.equal(error.code, 'PB503')),
	deleteSubject: (client) => client.query('select pgbell.delete_subject($1)', [`thing/${pick([1, 2, 3])}`]),
};

// One of the functions on some notification of the token's person; another may be faster.
async function withSome(client, token, condition, name) {
	const { rows: [found] } = await client.query(
		`select n.id from pgbell.notification n, pgbell.authenticate($1) a
		where n.user_id = a.user_id and ${condition} order by random() limit 1`, [token]);
	if (found)
		await client.query(`select pgbell.${name}($1, $2)`, [token, found.id]).catch((error) => {
			assert.ok(['PB404', 'PB503'].includes(error.code), error.message); // gone, or it was another's turn
		});
}

// For so long, and until it has done something, however slow the machine is.
async function write(tokens, until) {
	const client = await site.connect();
	for (let done = 0; performance.now() < until || done < 10; done++)
		await pick(Object.values(activities))(client, pick(tokens));
	await client.end();
}

// Reads one person's log as a stream does, and sees that nothing is skipped,
// until nothing more comes.
async function follow(user, writing) {
	const client = await site.connect();
	let seq = 0;
	let isOver = false;
	writing.catch(() => {}).then(() => { isOver = true; });
	for (;;) {
		const isLast = isOver;
		const { rows } = await client.query('select seq, type from pgbell.events_after(array[$1], array[$2::bigint])',
			[user, seq]);
		for (const row of rows) {
			assert.notEqual(row.type, 'reset');
			assert.equal(Number(row.seq), ++seq, `${user} reads without a hole`);
		}
		if (isLast && rows.length === 0)
			break;
	}
	await client.end();
	return seq;
}

test('many_writers_at_random_and_every_reader_reads_every_number_in_order', async () => {
	const sessions = await site.sql(
		'select s.token from unnest($1::text[]) person, pgbell.create_session(person) s', [people]);
	const tokens = sessions.map(({ token }) => token);
	const until = performance.now() + WRITING_MS;
	const writing = Promise.all(Array.from({ length: WRITERS }, () => write(tokens, until)));
	const read = await Promise.all(people.slice(0, 2).map((user) => follow(user, writing)));
	await writing;
	assert.ok(Math.min(...read) > 10, `each reader read something: ${read}`);
	assert.deepEqual(await site.sql('select * from pgbell.check_consistency()'), []);
	for (const user of people)
		await assertNoHole(user);
});
