// Inserts and marks flat out, on the disk as it is and on one whose flush takes a millisecond more:
// what it costs that commits that ring go one after another.

import { Crowd } from '../lib/crowd.mjs';
import { insertInto } from '../lib/writers.mjs';
import { onDisk } from '../lib/disk.mjs';
import { writeAndWatch } from './2-insert-to-event.mjs';
import { CONNECTIONS, contenderOf, countRequests, hammer, readRequests, TELLING, whileTelling } from './4-rest.mjs';

export const title = 'Commits on a slow disk, and on this one';
export const columns = ['writes_per_s', 'behind_ms', 'cpu_us_postgres'];

export const settings = {
	quick: { streams: 5000, writers: [8], seconds: 1, reads: 6000, round_s: 40 },
	full: { streams: 10_000, writers: [1, 8, 32], seconds: 2, reads: 12_000, round_s: 110 },
};

const DISKS = ['as it is', 'slow'];
const QUIET = 'pgbell'; // as it is shipped: who is awake is not rung
const RINGS = 'pgbell, always rung';
const NONE = 'pgbell, never rung';
const EXPRESS = 'express';

export const notes = [
	'`slow`: a library of ten lines, preloaded into PostgreSQL, has each `fdatasync()` take a millisecond more (`tests/bench/slow_flush.c`).',
	'`always rung`: somebody else has a berth for good, so each commit rings, as all did before there were any. `never rung`: `pgbell.bell` is `none`; its events are found when the next run looks, and are not waited for.',
	'Marks are requests of 32 connections through nginx, with sixteen workers so that as many commits may be under way; Express’s are as in work 4.',
];

export function targets({ streams, writers }) {
	const at = (name, disk, load) => [name, { disk, ...load }, 'writes_per_s'];
	const crowded = writers.filter((count) => count > 1).map((count) => ({ streams, writers: count }));
	const marks = { streams: 0, writers: CONNECTIONS };
	const tell = ({ writers: count }, disk) => `${count} writers, ${streams.toLocaleString('en')} streams, disk ${disk}`;
	return [
		...crowded.map((load) => ({ text: `inserts/s, ${tell(load, DISKS[0])}, as multiple of Express’s`, of: at(QUIET, DISKS[0], load), to: at(EXPRESS, DISKS[0], load), atLeast: load.writers === 8 ? 1.1 : 1.2 })),
		...crowded.map((load) => ({ text: `inserts/s, ${tell(load, DISKS[1])}, as multiple of Express’s`, of: at(QUIET, DISKS[1], load), to: at(EXPRESS, DISKS[1], load), atLeast: load.writers === 8 ? 3 : 6 })),
		...DISKS.flatMap((disk) => crowded.map((load) => ({ text: `inserts/s, ${tell(load, disk)}, as part of those never rung`, of: at(QUIET, disk, load), to: at(NONE, disk, load), atLeast: 0.9 }))),
		...crowded.map((load) => ({ text: `last event after the last insert, ${tell(load, DISKS[0])}, ms`, of: [QUIET, { disk: DISKS[0], ...load }, 'behind_ms'], atMost: 15 })),
		...DISKS.map((disk, i) => ({ text: `marks/s, ${CONNECTIONS} connections, disk ${disk}, as multiple of Express’s`, of: at(QUIET, disk, marks), to: at(EXPRESS, disk, marks), atLeast: [1, 3][i] })),
		...DISKS.map((disk, i) => ({ text: `marks/s, ${CONNECTIONS} connections, disk ${disk}, as multiple of Express’s where other tabs are told`, of: at(QUIET, disk, marks), to: at(TELLING, disk, marks), atLeast: [1, 3][i] })),
	];
}

export const headlines = ({ streams }) => DISKS.map((disk) => ({
	text: `inserts/s of 8 writers flat out, disk ${disk}`, parameters: { disk, streams, writers: 8 }, figure: 'writes_per_s',
}));

export async function measure(bench, { streams, writers, seconds, reads }) {
	await bench.alternate([QUIET, EXPRESS, RINGS, NONE], async ({ name }) => {
		const contender = bench.contenders[name === EXPRESS ? EXPRESS : QUIET];
		const crowd = await Crowd.start(bench.world.scratch, contender, contender.requestsOfMany(streams));
		const stranger = name === RINGS ? await takeBerth(bench.world) : undefined;
		try {
			await crowd.open(0, streams);
			for (const disk of DISKS)
				for (const count of writers) {
					const load = { writers: count, seconds, rate: 0, options: name === NONE ? '-c pgbell.bell=none' : '' };
					const { writes_per_s, behind_ms, cpu_us_postgres } = await onDisk(bench.world, disk, () =>
						writeAndWatch(bench, contender, crowd, streams, load, insertInto(contender.table), name !== NONE));
					await bench.record(name, { disk, streams, writers: count }, { writes_per_s, behind_ms, cpu_us_postgres });
				}
		} finally {
			await stranger?.query('select pg_advisory_unlock_all()');
			await crowd.stop();
		}
	});
	await bench.alternate([QUIET, EXPRESS, TELLING], async ({ name }) => {
		const contender = contenderOf(bench, name === QUIET ? 'sixteen workers' : name);
		await hammer(bench, contender, await countRequests(bench, contender), 0.2, false);
		for (const disk of DISKS) {
			const lines = await readRequests(bench, contender, reads);
			const { requests_per_s: writes_per_s } = await onDisk(bench.world, disk, () =>
				whileTelling(bench, name, () => hammer(bench, contender, lines, seconds, true)));
			await bench.record(name, { disk, streams: 0, writers: CONNECTIONS }, { writes_per_s });
		}
	});
}

// Any session may: what was awake cannot sleep there, and writers find it taken.
async function takeBerth(world) {
	const client = await world.site.connect();
	for (let berth = 4; berth > 0; berth--)
		if ((await client.query('select pg_try_advisory_lock(pgbell.bell_lock(), $1) as had', [berth])).rows[0].had)
			return client;
	throw new Error('no berth is free');
}
