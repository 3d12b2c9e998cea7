// The disk of the shared PostgreSQL, made slower while something is measured: ../slow_flush.c.

import { rm, writeFile } from 'node:fs/promises';
import { bin } from './crowd.mjs';

// What PostgreSQL is to be started with, so that a file in this directory makes it slow.
export const slowable = (directory) => ({ LD_PRELOAD: `${bin}slow_flush.so`, BENCH_SLOW_DISK: `${directory}/slow` });

export async function onDisk(world, disk, measure) {
	if (disk === 'slow')
		await writeFile(`${world.scratch}/slow`, '');
	try {
		return await measure();
	} finally {
		await rm(`${world.scratch}/slow`, { force: true });
	}
}
