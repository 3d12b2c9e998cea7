// What is new of many people at once, and more of it than the database gives within a
// statement's time.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { readMetrics } from '../lib/metrics.mjs';
import { startSite } from '../lib/site.mjs';

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
	const [{ definition }] = await site.sql("select pg_get_functiondef('pgbell.events_after(text[],bigint[],integer)'::regprocedure) as definition");
	await site.sql(definition.replace(/\bbegin\b/i, `begin perform pg_sleep(cardinality(users) * ${PERSON_MS} / 1000.0);`));
	await site.sql(`insert into pgbell.notification (user_id, kind) select id, 'test' from unnest($1::text[]) id`, [people.map(({ id }) => id)]);
	for (const stream of streams)
		assert.equal((await stream.next('new_notification')).id, '1');
	assert.ok((await readMetrics(site)).get('pgbell_reads_failed_total') > 0, 'it was too much');
	streams.forEach((stream) => stream.close());
});
