// One event to N open streams, told some times: what a delivery takes, and what a stream does.

import { cpuOf, difference, memoryOf, nowUs } from './processes.mjs';

export const FAN_OUT_COLUMNS = ['deliveries_per_s', 'first_ms', 'last_ms', 'cpu_us_server', 'cpu_us_nginx', 'bytes_server', 'bytes_nginx', 'bytes_told'];

// The crowd's streams grow from one size to the next.  hasMemory(size): whether what they take is of use.
export async function tellCrowd(bench, contender, crowd, sizes, hasMemory) {
	const memory = memoryOf(await contender.parts());
	let open = 0;
	for (const size of sizes) {
		await crowd.open(open, size);
		open = size;
		const opened = difference(memoryOf(await contender.parts()), memory);
		const values = await tellAll(bench, contender, crowd, size);
		const told = difference(memoryOf(await contender.parts()), memory);
		await bench.record(contender.name, { streams: size }, { ...values, ...hasMemory(size) ? bytesOf(opened, told, size) : {} });
	}
}

function bytesOf({ server, nginx }, told, size) {
	return { bytes_server: server && server / size, bytes_nginx: nginx / size, bytes_told: ((told.server ?? 0) + told.nginx) / size };
}

// Fewer clients are told more often, so that each size takes some time.
async function tellAll(bench, contender, crowd, size) {
	const events = size < 1000 ? 30 : size < 5000 ? 10 : 5;
	await tellOne(bench, contender, crowd, size); // the first finds everything cold
	const before = cpuOf(await contender.parts());
	let lastUs = 0, firstUs = 0;
	for (let i = 0; i < events; i++) {
		const told = await tellOne(bench, contender, crowd, size);
		lastUs += told.lastUs;
		firstUs += told.firstUs;
	}
	const cpu = difference(cpuOf(await contender.parts()), before);
	const each = (seconds) => (seconds === undefined ? undefined : seconds * 1e6 / (size * events));
	return {
		deliveries_per_s: size * events / (lastUs / 1e6),
		first_ms: firstUs / events / 1000,
		last_ms: lastUs / events / 1000,
		cpu_us_server: each(cpu.server),
		cpu_us_nginx: each(cpu.nginx),
	};
}

async function tellOne(bench, contender, crowd, size) {
	const number = 1 + Math.floor(Math.random() * 1e9);
	await crowd.reset();
	const began = nowUs();
	const [{ first_at: firstAt, last_at: lastAt }] = await Promise.all([crowd.awaitEvents(size, bench.patience), contender.tell(number)]);
	await crowd.verifyAll(0, size, { events: 1, sum: number });
	await crowd.verifyAll(size, crowd.count, { events: 0, sum: 0 });
	return { lastUs: lastAt - began, firstUs: firstAt - began };
}
