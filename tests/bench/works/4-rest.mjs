// REST through nginx with 32 connections.

import assert from 'node:assert';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bin } from '../lib/crowd.mjs';
import { cpuOf, difference, run } from '../lib/processes.mjs';
import { PAD } from '../lib/world.mjs';

export const title = 'REST through nginx, 32 connections';
export const columns = ['requests_per_s', 'p50_ms', 'p99_ms', 'cpu_us'];

export const settings = {
	quick: { seconds: 0.5, reads: 10_000, once_s: 3, round_s: 13 },
	full: { seconds: 1, reads: 20_000, once_s: 3, round_s: 22 },
};

export const CONNECTIONS = 32;
const PEOPLE = 1000;
const CALLS = [['unread count', countRequests], ['list of 20', listRequests], ['mark read', readRequests]];
const [MARK] = CALLS[2];
export const TELLING = 'express, tabs told'; // its marks are told to the person's other tabs, as pgbell's are

export const notes = [
	'The bare worker (in the column of the bare loop) calls the same SQL functions and nothing else, and like pgbell-api does not wait for nginx to close; both run with four processes, as many as are shipped; with more, reads are slower on two cores. Express has a pool of ten connections, and authenticates nobody.',
	'Marking read is an update with Express; with pgbell a numbered event besides, which every tab of the person is told. Where Express’s tabs are told too, a trigger sends a NOTIFY for it.',
];

export function targets() {
	const at = (name, call) => [name, { call }, 'requests_per_s'];
	const calls = CALLS.map(([call]) => call);
	return [
		...calls.map((call) => ({ text: `${call}, requests/s as part of the bare worker’s`, of: at('pgbell', call), to: at('bare loop', call), atLeast: 0.85 })),
		...calls.map((call) => ({ text: `${call}, requests/s as multiple of Express’s`, of: at('pgbell', call), to: at('express', call), atLeast: 2.5 })),
		{ text: `${MARK}, requests/s as multiple of Express’s where other tabs are told`, of: at('pgbell', MARK), to: at(TELLING, MARK), atLeast: 1 },
	];
}

export const headlines = () => CALLS.map(([call]) => ({ text: `${call}, requests/s`, parameters: { call }, figure: 'requests_per_s' }));

export async function measure(bench, { seconds, reads }) {
	for (const name of ['pgbell', 'express'])
		await fill(bench, bench.contenders[name], 20 * PEOPLE);
	await bench.alternate(['pgbell', 'bare loop', 'express', TELLING], async ({ name }) => {
		const contender = contenderOf(bench, name);
		for (const [call, requests] of name === TELLING ? [CALLS[2]] : CALLS) {
			const lines = await requests(bench, contender, reads);
			await bench.record(name, { call }, await whileTelling(bench, name, () => hammer(bench, contender, lines, seconds, call === MARK)));
		}
	});
}

export const contenderOf = (bench, name) => bench.contenders[name === TELLING ? 'express' : name];

// Do the work with Express's trigger for marks on, where it is its turn.
export async function whileTelling(bench, name, act) {
	const turn = (state) => name === TELLING && bench.world.query('bench_express', `alter table notification ${state} trigger notify_read`);
	await turn('enable');
	try {
		return await act();
	} finally {
		await turn('disable');
	}
}

export async function hammer(bench, contender, lines, seconds, isOnce) {
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

export async function countRequests(bench, contender) {
	return people.map((i) => contender.restRequest('GET', '/api/notifications/unread-count', i));
}

async function listRequests(bench, contender) {
	return people.map((i) => contender.restRequest('GET', '/api/notifications?limit=20', i));
}

// Each marks another one.
export async function readRequests(bench, contender, reads) {
	const rows = await fill(bench, contender, reads);
	return rows.map(({ id, person }) => contender.restRequest('PUT', `/api/notifications/${id}/read`, person));
}
