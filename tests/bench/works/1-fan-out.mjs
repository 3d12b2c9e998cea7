// One event to N open streams: how fast it reaches all of them, what that
// costs, and how much memory a stream takes.

import { Crowd } from '../lib/crowd.mjs';
import { cpuOf, difference, memoryOf, nowUs } from '../lib/processes.mjs';

export const title = 'One event to N open streams';
export const columns = ['deliveries_per_s', 'last_ms', 'spread_ms', 'cpu_us_server', 'cpu_us_nginx', 'bytes_server', 'bytes_nginx'];
export const plot = { x: 'streams', y: 'deliveries_per_s' };

export const settings = {
	quick: { sizes: [5000, 1000], events: 5 },
	full: { sizes: [18_000, 10_000, 1000, 100], events: 5 },
};

// The largest first: what the programs grow by then is their memory a stream.
export async function measure(bench, { sizes, events }) {
	for (const size of sizes) {
		await bench.alternate(['pgbell', 'bare loop', 'nchan', 'express'], async (contender, isFirst) => {
			const crowd = await Crowd.start(bench.world.scratch, contender.port, contender.requestsOfOne(size));
			try {
				return { parameters: { streams: size }, values: await tellAll(contender, crowd, size, events, isFirst && size === sizes[0]) };
			} finally {
				await crowd.stop();
			}
		});
	}
}

async function tellAll(contender, crowd, size, events, isFirst) {
	const memory = memoryOf(await contender.parts());
	await crowd.open(0, size);
	const grown = difference(memoryOf(await contender.parts()), memory);
	await tellOne(contender, crowd, size); // the first finds everything cold
	const before = cpuOf(await contender.parts());
	let lastUs = 0, spreadUs = 0;
	for (let i = 0; i < events; i++) {
		const told = await tellOne(contender, crowd, size);
		lastUs += told.lastUs;
		spreadUs += told.spreadUs;
	}
	const cpu = difference(cpuOf(await contender.parts()), before);
	const each = (seconds) => (seconds === undefined ? undefined : seconds * 1e6 / (size * events));
	return {
		deliveries_per_s: size * events / (lastUs / 1e6),
		last_ms: lastUs / events / 1000,
		spread_ms: spreadUs / events / 1000,
		cpu_us_server: each(cpu.server),
		cpu_us_nginx: each(cpu.nginx),
		...isFirst ? { bytes_server: grown.server === undefined ? undefined : grown.server / size, bytes_nginx: grown.nginx / size } : {},
	};
}

// From before the event is written to when the last client has it.
async function tellOne(contender, crowd, size) {
	const number = 1 + Math.floor(Math.random() * 1e9);
	await crowd.reset();
	const began = nowUs();
	const [{ first_at: firstAt, last_at: lastAt }] = await Promise.all([crowd.awaitEvents(size), contender.tell(number)]);
	await crowd.verify(Array(size).fill({ events: 1, sum: number }));
	return { lastUs: lastAt - began, spreadUs: lastAt - firstAt };
}
