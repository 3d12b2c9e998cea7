// INSERT to event in the client: N people with a stream each, pgbench as the
// application, at a rate or flat out.

import assert from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import { bin, Crowd } from '../lib/crowd.mjs';
import { join } from 'node:path';
import { cpuOf, difference, nowUs, Program } from '../lib/processes.mjs';
import { PEOPLE } from '../lib/world.mjs';
import { insertInto, write } from '../lib/writers.mjs';

export const title = 'INSERT to event in the client';
export const columns = ['writes_per_s', 'p50_ms', 'p99_ms', 'max_ms', 'behind_ms', 'cpu_us_server', 'cpu_us_postgres'];

// streams: the sizes, each with its loads; a load is [writers, inserts a second, 0: flat out]
export const settings = {
	quick: { seconds: 1, loads: [[1, 200], [4, 2000], [8, 0]], streams: [[2000, [[1, 200], [4, 2000], [8, 0]]]] },
	full: {
		seconds: 2, loads: [[1, 200], [4, 2000], [1, 0], [8, 0], [32, 0]],
		streams: [[10_000, [[1, 200], [4, 2000], [1, 0], [8, 0], [32, 0]]], [1000, [[1, 200], [8, 0]]]],
	},
};

export async function measure(bench, { seconds, loads, streams }) {
	for (const [writers, rate] of loads)
		await measureAlone(bench, { streams: 0, writers, rate }, seconds);
	for (const [size, its] of streams) {
		const crowds = {};
		try {
			for (const name of ['pgbell', 'express']) {
				const contender = bench.contenders[name];
				crowds[name] = await Crowd.start(bench.world.scratch, contender.port, contender.requestsOfMany(size));
			}
			for (const [writers, rate] of its) {
				await bench.alternate(Object.keys(crowds), async (contender) => {
					const crowd = crowds[contender.name];
					await crowd.open(0, size);
					const values = await writeAndWatch(bench, contender, crowd, size, { writers, rate, seconds });
					await crowd.close();
					return { parameters: { streams: size, writers, rate }, values };
				});
			}
		} finally {
			await Promise.all(Object.values(crowds).map((crowd) => crowd.stop()));
		}
	}
}

// Nobody has a stream: pgbench with no listener at all, with the bare listener, and beside each contender.
async function measureAlone(bench, parameters, seconds) {
	const { writers, rate } = parameters;
	const load = { writers, rate, seconds };
	const { world } = bench;
	await bench.alternate(['pgbench alone', 'bare listener', 'pgbell', 'express'], async ({ name, database, table }) => {
		if (name !== 'bare listener') {
			const wrote = await write(world, database ?? 'bench_alone', insertInto(table ?? 'pgbell.notification'), load);
			return { parameters, values: { writes_per_s: wrote.tps } };
		}
		const listener = new Program([join(bin, 'listener')], { env: world.environment('bench_alone') });
		try {
			await listener.line();
			const wrote = await write(world, 'bench_alone', insertInto('pgbell.notification'), load);
			await sleep(300 + wrote.done / 20);
			listener.child.stdin.end();
			const heard = JSON.parse(await listener.line());
			assert.equal(heard.events, wrote.done, 'the bare listener did not hear everything');
			return { parameters, values: { writes_per_s: wrote.tps, ...times(heard) } };
		} finally {
			await listener.stop();
		}
	});
}

function times({ p50_us: p50, p99_us: p99, max_us: max }) {
	return { p50_ms: p50 / 1000, p99_ms: p99 / 1000, max_ms: max / 1000 };
}

async function writeAndWatch(bench, contender, crowd, size, load) {
	const { world } = bench;
	const [{ last }] = await world.query(contender.database, `select coalesce(max(id), 0) as last from ${contender.table}`);
	await crowd.reset();
	const before = cpuOf(await contender.parts());
	const wrote = await write(world, contender.database, insertInto(contender.table), load);
	const ended = nowUs();
	const wanted = await readWanted(world, contender, last, size);
	const heard = await crowd.awaitEvents(wanted.total);
	const cpu = difference(cpuOf(await contender.parts()), before);
	assert.equal(contender.name === 'pgbell' ? heard.gaps : 0, 0, 'ids did not follow one another');
	await crowd.verify(wanted.people);
	return {
		writes_per_s: wrote.tps, ...times(heard), behind_ms: Math.max(0, heard.last_at - ended) / 1000,
		cpu_us_server: cpu.server * 1e6 / wrote.done, cpu_us_postgres: cpu.postgres * 1e6 / wrote.done,
	};
}

// What each of the first `size` people should have been told since.
async function readWanted(world, { database, table }, last, size) {
	const people = Array.from({ length: PEOPLE }, () => ({ events: 0, sum: 0 }));
	const rows = await world.query(database, `
		select substr(user_id, 2)::int as i, count(*)::int as events, sum((data->>'n')::bigint)::bigint as sum
		from ${table} where id > $1 group by 1`, [last]);
	for (const { i, events, sum } of rows)
		people[i - 1] = { events, sum };
	people.length = size;
	return { people, total: people.reduce((sum, { events }) => sum + events, 0) };
}
