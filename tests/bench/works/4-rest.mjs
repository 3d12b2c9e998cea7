// REST through nginx with 32 connections.

import assert from 'node:assert';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bin } from '../lib/crowd.mjs';
import { cpuOf, difference, run } from '../lib/processes.mjs';
import { PAD } from '../lib/world.mjs';

export const title = 'REST through nginx, 32 connections';
export const columns = ['requests_per_s', 'p50_ms', 'p99_ms', 'cpu_us'];

export const settings = { quick: { seconds: 1, reads: 15_000 }, full: { seconds: 1, reads: 20_000 } };

const CONNECTIONS = 32;
const PEOPLE = 1000;

export async function measure(bench, { seconds, reads }) {
	for (const { name } of ['pgbell', 'express'].map((it) => bench.contenders[it]))
		await fill(bench, bench.contenders[name], 20 * PEOPLE);
	for (const [call, requests] of [['unread count', countRequests], ['list of 20', listRequests], ['mark read', readRequests]]) {
		await bench.alternate(['pgbell', 'bare loop', 'express'], async (contender) => {
			const lines = await requests(bench, contender, reads);
			return { parameters: { call }, values: await hammer(bench, contender, lines, seconds, call === 'mark read') };
		});
	}
	for (let round = 0; round < bench.repeats; round++)
		await measureBells(bench, seconds, reads);
}

// The same writes, rung in one way or another: pgbell.bell.
async function measureBells(bench, seconds, reads) {
	const { world } = bench;
	for (const bell of ['inside', 'after', 'none']) {
		await world.site.superuser(`alter role pgbell_api set pgbell.bell = '${bell}'`);
		await world.site.superuser(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'pgbell-api'`);
		const { pgbell } = bench.contenders;
		const values = await hammer(bench, pgbell, await readRequests(bench, pgbell, reads), seconds, true);
		await bench.record({ work: bench.work.number, contender: 'pgbell', parameters: { call: `mark read, bell ${bell}` }, values });
	}
	await world.site.superuser('alter role pgbell_api reset pgbell.bell');
	await world.site.superuser(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'pgbell-api'`);
}

async function hammer(bench, contender, lines, seconds, isOnce) {
	const file = join(bench.world.scratch, 'rest');
	await writeFile(file, `${lines.join('\n')}\n`);
	const before = cpuOf(await contender.parts());
	const done = JSON.parse(run(join(bin, 'hammer'), [contender.port, file, CONNECTIONS, seconds].map(String)));
	const cpu = difference(cpuOf(await contender.parts()), before);
	assert.equal(done.failures, 0, `${contender.name}: requests failed`);
	assert.ok(done.bytes > 10 * done.requests, `${contender.name}: answers without a body`);
	assert.ok(!isOnce || done.requests <= lines.length, 'more requests than there was to mark read');
	return {
		requests_per_s: done.requests / done.seconds, p50_ms: done.p50_us / 1000, p99_ms: done.p99_us / 1000,
		cpu_us: Object.values(cpu).reduce((sum, it) => sum + it) * 1e6 / done.requests,
	};
}

// Notifications in turn to a thousand people.
function fill(bench, { database, table }, count) {
	return bench.world.query(database, `
		insert into ${table} (user_id, kind, data)
		select 'u' || 1 + i % $2, 'bench', jsonb_build_object('n', i, 'at', 0, 'text', $3::text) from generate_series(1, $1::int) i
		returning id, substr(user_id, 2)::int - 1 as person`, [count, PEOPLE, PAD]);
}

const people = Array.from({ length: PEOPLE }, (_, i) => i);

async function countRequests(bench, contender) {
	return people.map((i) => contender.restRequest('GET', '/api/notifications/unread-count', i));
}

async function listRequests(bench, contender) {
	return people.map((i) => contender.restRequest('GET', '/api/notifications?limit=20', i));
}

// Each marks another one.
async function readRequests(bench, contender, reads) {
	const rows = await fill(bench, contender, reads);
	return rows.map(({ id, person }) => contender.restRequest('PUT', `/api/notifications/${id}/read`, person));
}
