// INSERT to event in the client: N people with a stream each, pgbench as the
// application, at a rate or flat out.

import assert from 'node:assert';
import { join } from 'node:path';
import { bin, Crowd } from '../lib/crowd.mjs';
import { cpuOf, difference, nowUs, Program } from '../lib/processes.mjs';
import { PEOPLE } from '../lib/world.mjs';
import { insertInto, write } from '../lib/writers.mjs';

export const title = 'INSERT to event in the client';
export const columns = ['writes_per_s', 'p50_ms', 'p99_ms', 'max_ms', 'behind_ms', 'cpu_us_server', 'cpu_us_postgres'];

// A load is [writers, inserts a second (0: flat out), seconds].
const PACED = [[1, 200, 2], [4, 2000, 1]];
const FLAT = [[1, 0, 1], [8, 0, 1], [32, 0, 1]];
const FLAT_LONGER = FLAT.map(([writers, rate]) => [writers, rate, 2]);

// alone: loads where nobody listens; listener: those beside the bare one; streams: those beside each contender
export const settings = {
	quick: {
		alone: [[8, 0, 1]], listener: [[1, 200, 1]],
		streams: [[0, [[8, 0, 1]]], [1000, [[1, 200, 1]]], [5000, [[1, 200, 1], [4, 2000, 1], [8, 0, 1]]]], round_s: 20,
	},
	full: {
		alone: FLAT_LONGER, listener: [...PACED, [8, 0, 1]],
		streams: [[0, FLAT], [1000, [...PACED, ...FLAT]], [10_000, [...PACED, ...FLAT_LONGER]]], round_s: 60,
	},
};

const paced = { writers: 1, rate: 200 };
export const plots = [
	{ y: 'p50_ms', x: 'streams', where: { ...paced }, text: 'p50 at 200/s, ms', level: ['bare listener', { streams: 0, ...paced }] },
	{ y: 'p99_ms', x: 'streams', where: { ...paced }, text: 'p99 at 200/s, ms', level: ['bare listener', { streams: 0, ...paced }] },
	{ y: 'writes_per_s', x: 'writers', where: { rate: 0, streams: 'largest' }, text: 'writes/s, flat out', also: ['pgbench alone', { streams: 0, rate: 0 }] },
	{ y: 'cpu_us_server', x: 'streams', where: { writers: 8, rate: 0 }, text: 'CPU of the server for an insert, µs' },
];
export const growth = [
	{ text: 'p50 at 200/s', figure: 'p50_ms', x: 'streams', where: { ...paced } },
	{ text: 'CPU of the server for an insert, flat out', figure: 'cpu_us_server', x: 'streams', where: { writers: 8, rate: 0 } },
	{ text: 'CPU of PostgreSQL for an insert, flat out', figure: 'cpu_us_postgres', x: 'streams', where: { writers: 8, rate: 0 } },
];
export const notes = [
	'All databases are of one cluster, whose commits wait for the disk (`fsync` and `synchronous_commit` are on, as they are by default). `pgbench alone` writes where pgbell is installed and nobody listens.',
	'The inserts are the same; what comes with them is not. With pgbell a commit numbers the event, counts what is unread and logs it, so that a stream that was away gets it; Express’s trigger sends the row, and who does not listen at that moment has lost it.',
	'Of 10,000 people one by chance is notified, so beside 1,000 streams nine of ten inserts are for people without one. `behind ms`: when the last event came, counted from the end of the last insert.',
];

export function targets({ streams }) {
	const [size, loads] = streams.at(-1);
	const many = size.toLocaleString('en');
	const at = (name, figure, load) => [name, { streams: size, ...load }, figure];
	const flat = loads.filter(([, rate]) => rate === 0).map(([writers]) => ({ writers, rate: 0 }));
	return [
		{ text: `p50 at 200/s, ${many} streams, as part of Express’s`, of: at('pgbell', 'p50_ms', paced), to: at('express', 'p50_ms', paced), below: 1 },
		{ text: 'p50 at 200/s above a bare libpq listener’s, ms', of: at('pgbell', 'p50_ms', paced), to: ['bare listener', { streams: 0, ...paced }, 'p50_ms'], by: 'difference', atMost: 0.4 },
		...flat.map((load) => ({
			text: `writes/s flat out, ${load.writers} writers, ${many} streams, as part of those without any listener`,
			of: at('pgbell', 'writes_per_s', load), to: ['pgbench alone', { streams: 0, ...load }, 'writes_per_s'], atLeast: 0.8,
		})),
		...flat.map((load) => ({
			text: `the same as multiple of those beside Express, ${load.writers} writers`,
			of: at('pgbell', 'writes_per_s', load), to: at('express', 'writes_per_s', load), above: 1,
		})),
		...flat.map((load) => ({ text: `last event after the last insert, ${load.writers} writers flat out, ms`, of: at('pgbell', 'behind_ms', load), atMost: 1000 })),
	];
}

export const headlines = ({ streams }) => [
	{ text: `200 inserts/s, ${streams.at(-1)[0].toLocaleString('en')} streams, p50 ms`, parameters: { streams: streams.at(-1)[0], ...paced }, figure: 'p50_ms' },
	{ text: 'and p99 ms', parameters: { streams: streams.at(-1)[0], ...paced }, figure: 'p99_ms' },
	{ text: 'inserts/s flat out, 8 writers', parameters: { streams: streams.at(-1)[0], writers: 8, rate: 0 }, figure: 'writes_per_s' },
];

export async function measure(bench, { alone, listener, streams }) {
	await bench.alternate(['pgbench alone', 'bare listener', 'pgbell', 'express'], async (contender) => {
		if (contender.name === 'pgbench alone')
			await eachLoad(bench, contender.name, 0, alone, (load) => writeAlone(bench.world, load));
		else if (contender.name === 'bare listener')
			await eachLoad(bench, contender.name, 0, listener, (load) => writeAndListen(bench, load));
		else
			await measureStreams(bench, contender, streams);
	});
}

async function eachLoad(bench, name, streams, loads, measureOne) {
	for (const [writers, rate, seconds] of loads)
		await bench.record(name, { streams, writers, rate }, await measureOne({ writers, rate, seconds }));
}

// The streams grow from one size to the next.
async function measureStreams(bench, contender, streams) {
	const crowd = await Crowd.start(bench.world.scratch, contender, contender.requestsOfMany(streams.at(-1)[0]));
	try {
		let open = 0;
		for (const [size, loads] of streams) {
			await crowd.open(open, size);
			open = size;
			await eachLoad(bench, contender.name, size, loads, (load) =>
				writeAndWatch(bench, contender, crowd, size, load, insertInto(contender.table)));
		}
	} finally {
		await crowd.stop();
	}
}

async function writeAlone(world, load) {
	const { tps } = await write(world, 'bench_alone', insertInto('pgbell.notification'), load);
	return { writes_per_s: tps };
}

async function writeAndListen(bench, load) {
	const { world } = bench;
	const listener = new Program([join(bin, 'listener')], { env: world.environment('bench_alone') });
	try {
		await listener.line();
		const wrote = await write(world, 'bench_alone', insertInto('pgbell.notification'), load);
		const heard = await listener.ask(`${wrote.done} ${bench.patience}`);
		assert.equal(heard.events, wrote.done, 'the bare listener did not hear everything');
		return { writes_per_s: wrote.tps, ...times(heard) };
	} finally {
		await listener.stop();
	}
}

function times({ p50_us: p50, p99_us: p99, max_us: max }) {
	return { p50_ms: p50 / 1000, p99_ms: p99 / 1000, max_ms: max / 1000 };
}

// isHeard: all events are waited for, and looked over.
export async function writeAndWatch(bench, contender, crowd, size, load, script, isHeard = true) {
	const { world } = bench;
	const [{ last }] = await world.query(contender.database, `select coalesce(max(id), 0) as last from ${contender.table}`);
	await crowd.reset();
	const before = cpuOf(await contender.parts());
	const wrote = await write(world, contender.database, script, load);
	const ended = nowUs();
	if (!isHeard)
		return { writes_per_s: wrote.tps };
	const wanted = await readWanted(world, contender, last, size);
	const heard = await crowd.awaitEvents(wanted.total, bench.patience);
	const cpu = difference(cpuOf(await contender.parts()), before);
	assert.equal(contender.name === 'pgbell' ? heard.gaps : 0, 0, 'ids did not follow one another');
	await crowd.verify([...wanted.people, ...Array(crowd.count - size).fill({ events: 0, sum: 0 })]);
	return {
		writes_per_s: wrote.tps,
		...size === 0 ? {} : { ...times(heard), behind_ms: Math.max(0, heard.last_at - ended) / 1000 },
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
