// Opening streams, and coming back.

import { Crowd } from '../lib/crowd.mjs';
import { cpuOf, difference } from '../lib/processes.mjs';
import { PAD } from '../lib/world.mjs';

export const title = 'Opening N streams; coming back with ten missed events each';
export const columns = ['opens_per_s', 'p99_ms', 'cpu_us_server', 'cpu_us_postgres', 'all_ms'];

export const settings = { quick: { size: 3000, missed: 10 }, full: { size: 10_000, missed: 10 } };

const TOGETHER = 400; // connections being opened at once

export async function measure(bench, { size, missed }) {
	await bench.alternate(['pgbell', 'bare loop', 'nchan', 'express'], async (contender) => {
		const crowd = await Crowd.start(bench.world.scratch, contender.port, contender.requestsOfMany(size));
		try {
			const before = cpuOf(await contender.parts());
			const opened = await crowd.open(0, size, TOGETHER);
			const cpu = difference(cpuOf(await contender.parts()), before);
			const each = (seconds) => (seconds === undefined ? undefined : seconds * 1e6 / size);
			return {
				parameters: { streams: size, missed: 0 },
				values: { opens_per_s: size / opened.seconds, p99_ms: opened.p99_us / 1000, cpu_us_server: each(cpu.server), cpu_us_postgres: each(cpu.postgres) },
			};
		} finally {
			await crowd.stop();
		}
	});
	await bench.alternate(['pgbell'], (contender) => comeBack(bench, contender, size, missed));
}

async function comeBack(bench, contender, size, missed) {
	const { world } = bench;
	for (let i = 0; i < missed; i++) {
		await world.query('pgbell', `insert into pgbell.notification (user_id, kind, data)
			select 'u' || i, 'bench', jsonb_build_object('n', i + $2::int, 'at', 0, 'text', $3::text) from generate_series(1, $1) i`, [size, i, PAD]);
	}
	const rows = await world.query('pgbell', `select substr(user_id, 2)::int as i, seq from pgbell.inbox where user_id ~ '^u[0-9]+$'`);
	const afters = [];
	for (const { i, seq } of rows)
		afters[i - 1] = Number(seq) - missed;
	const crowd = await Crowd.start(world.scratch, contender.port, contender.requestsOfMany(size, afters));
	try {
		const began = performance.now();
		const opened = await crowd.open(0, size, 4000);
		await crowd.awaitEvents(size * missed);
		const seconds = (performance.now() - began) / 1000;
		await crowd.verify(Array.from({ length: size }, (_, i) => ({ events: missed, sum: missed * (i + 1) + missed * (missed - 1) / 2 })));
		return { parameters: { streams: size, missed }, values: { opens_per_s: size / opened.seconds, p99_ms: opened.p99_us / 1000, all_ms: seconds * 1000 } };
	} finally {
		await crowd.stop();
	}
}
