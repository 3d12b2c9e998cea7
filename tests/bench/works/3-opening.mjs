// Opening streams, and coming back.

import { setTimeout as sleep } from 'node:timers/promises';
import { Crowd } from '../lib/crowd.mjs';
import { cpuOf, difference } from '../lib/processes.mjs';
import { PAD } from '../lib/world.mjs';

export const title = 'Opening N streams; coming back with ten missed events each';
export const columns = ['opens_per_s', 'p99_ms', 'cpu_us_server', 'cpu_us_postgres', 'all_ms'];

export const settings = {
	quick: { sizes: [1000, 3000], missed: 10, round_s: 9 },
	full: { sizes: [100, 1000, 10_000], missed: 10, round_s: 18 },
};

const opening = { missed: 0 };
export const plots = [
	{ y: 'opens_per_s', x: 'streams', text: 'openings/s', where: opening },
	{ y: 'all_ms', x: 'streams', where: { missed: 10 }, text: 'back with ten events each, ms', log: true },
];
export const growth = [
	{ text: 'CPU of the server for an opening', figure: 'cpu_us_server', x: 'streams', where: opening },
	{ text: 'CPU of PostgreSQL for an opening', figure: 'cpu_us_postgres', x: 'streams', where: opening },
	{ text: 'time until all are back with ten events each', figure: 'all_ms', x: 'streams', where: { missed: 10 } },
];
export const notes = [
	'pgbell authenticates each, reads where the person stands, and answers from one snapshot; the others do neither. 400 at a time. `all ms`: 4,000 at a time with Last-Event-ID, until the last has all it missed.',
];

export function targets({ sizes }) {
	const streams = sizes.at(-1);
	const at = (name) => [name, { streams, ...opening }, 'opens_per_s'];
	return [{ text: `openings/s of ${streams.toLocaleString('en')} streams as multiple of Express’s`, of: at('pgbell'), to: at('express'), atLeast: 2 }];
}

export const headlines = ({ sizes, missed }) => [
	{ text: `${sizes.at(-1).toLocaleString('en')} streams, openings/s`, parameters: { streams: sizes.at(-1), ...opening }, figure: 'opens_per_s' },
	{ text: 'all of them back, ten missed events each, ms', parameters: { streams: sizes.at(-1), missed }, figure: 'all_ms' },
];

export async function measure(bench, { sizes, missed }) {
	await bench.alternate(['pgbell', 'bare loop', 'nchan', 'express'], async (contender) => {
		const crowd = await Crowd.start(bench.world.scratch, contender, contender.requestsOfMany(sizes.at(-1)));
		try {
			for (const streams of sizes)
				await bench.record(contender.name, { streams, ...opening }, await open(contender, crowd, streams));
		} finally {
			await crowd.stop();
		}
	});
	await bench.alternate(['pgbell'], async (contender) => {
		for (const streams of sizes)
			await bench.record(contender.name, { streams, missed }, await comeBack(bench, contender, streams, missed));
	});
}

async function open(contender, crowd, streams) {
	const before = cpuOf(await contender.parts());
	const opened = await crowd.open(0, streams);
	const cpu = difference(cpuOf(await contender.parts()), before);
	const each = (seconds) => (seconds === undefined ? undefined : seconds * 1e6 / streams);
	await crowd.close();
	await sleep(300); // until the others have seen it
	return { opens_per_s: streams / opened.seconds, p99_ms: opened.p99_us / 1000, cpu_us_server: each(cpu.server), cpu_us_postgres: each(cpu.postgres) };
}

async function comeBack(bench, contender, streams, missed) {
	const { world } = bench;
	for (let i = 0; i < missed; i++) {
		await world.query('pgbell', `insert into pgbell.notification (user_id, kind, data)
			select 'u' || i, 'bench', jsonb_build_object('n', i + $2::int, 'at', 0, 'text', $3::text) from generate_series(1, $1) i`, [streams, i, PAD]);
	}
	const rows = await world.query('pgbell', `select substr(address, 2)::int as i, seq from pgbell.inbox where address ~ '^u[0-9]+$'`);
	const afters = [];
	for (const { i, seq } of rows)
		afters[i - 1] = Number(seq) - missed;
	const crowd = await Crowd.start(world.scratch, contender, contender.requestsOfMany(streams, afters));
	try {
		const began = performance.now();
		const opened = await crowd.open(0, streams, 4000);
		await crowd.awaitEvents(streams * missed, bench.patience);
		const seconds = (performance.now() - began) / 1000;
		await crowd.verify(Array.from({ length: streams }, (_, i) => ({ events: missed, sum: missed * (i + 1) + missed * (missed - 1) / 2 })));
		return { opens_per_s: streams / opened.seconds, p99_ms: opened.p99_us / 1000, all_ms: seconds * 1000 };
	} finally {
		await crowd.stop();
	}
}
