// People come and go for a long time, and the site holds no more at the end
// than after its first minutes.  As `make soak` starts it:
//
//   MINUTES=10   how long
//
// Once a minute everybody who comes and goes is away, and what the site then
// holds, with those open who stay all the time, is measured and printed.

import assert from 'node:assert';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Follower } from '../lib/follower.mjs';
import { root, startSite } from '../lib/site.mjs';
import { Churn } from './churn.mjs';
import { findGrowth, measure, tableHead, tableRow } from './measures.mjs';

const PEOPLE = 100;
const STAYING = 200; // streams that are open all the time
const MINUTE_MS = 60_000;
const WARM_MINUTES = 2; // caches and pools are full by then
const APIS = ['pgbell-api', 'pgbell-api-2'];

const minutes = Number(process.env.MINUTES || '10');
assert.ok(Number.isInteger(minutes) && minutes > 0, 'MINUTES is a whole number');

const site = await startSite({
	apis: APIS.length,
	env: { PGBELL_BIN: join(root, 'build'), PGBELL_LOG_LEVEL: 'warning', PGBELL_HEARTBEAT_S: '5', PGBELL_RETRY_MS: '500' },
});
const findings = await soak().finally(() => site.stop());
for (const finding of findings)
	console.log(`FAILED: ${finding}`);
process.exitCode = findings.length > 0 ? 1 : 0;

// Gives what was not as it should be.
async function soak() {
	site.pool = new pg.Pool({ host: site.env.PGHOST, port: Number(site.env.PGPORT), database: site.env.PGDATABASE, user: site.env.PGUSER, max: 4 });
	const people = await site.sql(`select u.id, s.token from generate_series(1, $1) i, cast('person-' || i as text) u(id), pgbell.create_session(u.id) s`, [PEOPLE]);
	const staying = Array.from({ length: STAYING }, (_, i) =>
		new Follower(`${site.url}/api/notifications/stream`, people[i % PEOPLE].token));
	await Promise.all(staying.map((follower) => follower.until(() => follower.connected === 1)));

	const churn = new Churn(site, people);
	const rows = [];
	console.log(tableHead());
	for (let minute = 1; minute <= minutes && churn.failures.length === 0; minute++) {
		churn.go();
		await sleep(MINUTE_MS);
		await churn.rest();
		await untilOnly(STAYING);
		rows.push({ minute, activities: churn.count, ...await measure(site, APIS) });
		console.log(tableRow(rows.at(-1)));
	}
	const lost = await findLosses(people, staying);
	staying.forEach((follower) => follower.close());
	await site.pool.end();
	console.log(`\n${[...churn.done].map(([name, count]) => `${name} ${count}`).join(', ')}`);
	console.log(`${staying.reduce((sum, { taken }) => sum + taken, 0)} events to ${STAYING} streams that stayed`);
	return [...churn.failures, ...lost, ...findGrowth(rows[Math.min(WARM_MINUTES, rows.length) - 1], rows.at(-1))];
}

async function untilOnly(streams) {
	for (const deadline = Date.now() + 30_000; ; await sleep(50)) {
		const { body } = await site.api('GET', '/metrics');
		const now = Number(/^pgbell_streams (\d+)$/m.exec(body)[1]);
		if (now === streams)
			return;
		assert.ok(Date.now() < deadline, `${now} streams are open with ${streams} clients`);
	}
}

async function findLosses(people, staying) {
	const inboxes = await site.sql('select address, seq::float8 from pgbell.inbox');
	const newest = new Map(inboxes.map(({ address, seq }) => [address, seq]));
	const whole = staying.map((follower, i) => follower.until(() => follower.seq === newest.get(people[i % PEOPLE].id)));
	const isWhole = await Promise.race([Promise.all(whole).then(() => true, () => true), sleep(10_000, false, { ref: false })]);
	return [...new Set([
		...staying.flatMap((follower) => follower.faults),
		...isWhole ? [] : ['a stream that stayed does not have the newest event'],
		...staying.some((follower) => follower.connected > 1) ? ['a stream that stayed was ended'] : [],
	])];
}
