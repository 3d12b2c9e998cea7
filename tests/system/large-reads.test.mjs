// What is new of many people at once, and more of it than the database gives within a
// statement's time.

import assert from 'node:assert';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readMetrics, untilMetrics } from '../lib/metrics.mjs';
import { readLog } from '../lib/logfmt.mjs';
import { root, startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const PEOPLE = 48;
const STATEMENT_MS = 600;
const PERSON_MS = 20; // as many as these in one statement are too many

let site;

before(async () => {
	site = await startSite({ apis: 1, env: { PGBELL_STATEMENT_TIMEOUT_MS: String(STATEMENT_MS), PGBELL_FLOOR_S: '3600' } });
});
after(() => site.stop());

test('what is too much for one statement is read with several, and everybody gets theirs', async () => {
	const people = await site.sql(`select u as id, s.token from generate_series(1, $1) i, cast('person-' || i as text) u, pgbell.create_session(u) s`, [PEOPLE]);
	const streams = await Promise.all(people.map(({ token }) => site.stream(token)));
	await Promise.all(streams.map((stream) => stream.next('unread_count')));
	const [{ definition }] = await site.sql("select pg_get_functiondef('pgbell.events_after(text[],bigint[],integer,integer)'::regprocedure) as definition");
	await site.sql(definition.replace(/\bbegin\b/i, `begin perform pg_sleep(cardinality(addresses) * ${PERSON_MS} / 1000.0);`));
	await site.sql(`insert into pgbell.notification (user_id, kind) select id, 'test' from unnest($1::text[]) id`, [people.map(({ id }) => id)]);
	for (const stream of streams)
		assert.equal((await stream.next('new_notification')).id, '1');
	assert.ok((await readMetrics(site)).get('pgbell_reads_failed_total') > 0, 'it was too much');
	streams.forEach((stream) => stream.close());
});

// --- a burst ----------------------------------------------------------------------------

const CROWD = 40, EVENTS = 64, EVENT_BYTES = 16_000, READ_BYTES = 262_144, KEPT_MB = 8, READ_MS = 20;

// Of the program as it is shipped: AddressSanitizer keeps what is freed.
async function withBurst(body) {
	const burst = await startSite({ apis: 1, env: { PGBELL_BIN: join(root, 'build'), PGBELL_FLOOR_S: '3600' } });
	try {
		const people = await burst.sql(`select u as id, s.token from generate_series(1, $1) i, cast('person-' || i as text) u, pgbell.create_session(u) s`, [CROWD]);
		const streams = await Promise.all(people.map(({ token }) => burst.stream(token)));
		await Promise.all(streams.map((stream) => stream.next('unread_count')));
		await body(burst, people, streams);
	} finally {
		await burst.stop();
	}
}

const ring = (burst, people) => burst.sql(`insert into pgbell.notification (user_id, kind, data) select id, 'burst', jsonb_build_object('x', x)
	from unnest($1::text[]) id, (select string_agg(md5(i::text), '') as x from generate_series(1, $2) i) t, generate_series(1, $3)`,
	[people.map(({ id }) => id), EVENT_BYTES / 32, EVENTS]);

async function memoryOf(burst) {
	const status = await readFile(`/proc/${await burst.pid('pgbell-stream')}/status`, 'utf8');
	return (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)[1]) / 1024;
}

test('a burst is read in pieces, each event once, and takes no memory with it', () => withBurst(async (burst, people, streams) => {
	const before = await readMetrics(burst);
	const calm = (await memoryOf(burst))('VmRSS');
	await ring(burst, people);
	for (const stream of streams) {
		for (let seq = 1; seq <= EVENTS; seq++)
			assert.equal((await stream.next('new_notification')).id, String(seq));
	}
	const after = await readMetrics(burst);
	const grown = (name) => after.get(name) - before.get(name);
	assert.equal(grown('pgbell_events_delivered_total'), CROWD * EVENTS);
	assert.equal(grown('pgbell_read_events_total'), CROWD * EVENTS, 'none was read to be thrown away');
	const large = after.get('pgbell_read_bytes_count') - after.get('pgbell_read_bytes_bucket{le="524288"}');
	assert.equal(large, 0, `no read returned much more than ${READ_BYTES} bytes`);
	assert.ok((await memoryOf(burst))('VmHWM') < calm + CROWD * EVENTS * EVENT_BYTES / 2 ** 20 / 2);
	streams.forEach((stream) => stream.close());
	await untilMetrics(burst, (now) => now.get('pgbell_streams') === 0);
	await waitFor('the memory to go back', async () => (await memoryOf(burst))('VmRSS') < calm + KEPT_MB);
}));

// By what the database is asked: it says whom each read is of, in their order.
test('whoever is rung in the middle of a burst is the first to be read', () => withBurst(async (burst, people, streams) => {
	const bystander = await burst.signUp();
	const stream = await burst.stream(bystander.token);
	await stream.next('unread_count');
	const [{ definition }] = await burst.sql("select pg_get_functiondef('pgbell.events_after(text[],bigint[],integer,integer)'::regprocedure) as definition");
	await burst.sql(definition.replace(/\bbegin\b/i, `begin raise warning 'read of %', array_to_string(addresses[1:3], ' '); perform pg_sleep(${READ_MS} / 1000.0);`));
	const reads = async () => (await readLog(burst, 'pgbell-stream')).filter(({ event }) => event === 'database_notice')
		.map(({ message }) => /read of (.*)$/.exec(message)?.[1].split(' ') ?? []).filter((users) => users.includes(String(bystander.id)));
	// The burst may be over sooner than we are, however slow its reads: then once more.
	await waitFor('a read of her and of others', async () => {
		await ring(burst, people);
		await Promise.all(streams.map((one) => one.next('new_notification')));
		for (let i = 0; i < 5; i++) {
			await burst.sql(`select pgbell.notify($1, 'test')`, [String(bystander.id)]);
			await stream.next('new_notification');
		}
		for (const one of streams)
			for (let i = 1; i < EVENTS; i++)
				await one.next('new_notification');
		return (await reads()).some((users) => users.length > 1);
	});
	for (const users of await reads())
		assert.equal(users[0], String(bystander.id));
	[stream, ...streams].forEach((one) => one.close());
}));
