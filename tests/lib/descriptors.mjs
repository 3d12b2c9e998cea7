// A running process that gets no further descriptor: what it has stays open, and its
// soft limit is the lowest number that it has free.  Counting what it has would not do:
// one that it inherited has any number, and leaves so many free below it.

import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { promisify } from 'node:util';

// As the user whom the process belongs to: root need not be allowed to.
async function limit(pid, ...how) {
	const { uid, gid } = await stat(`/proc/${pid}`);
	const as = process.getuid() === 0 ? { uid, gid } : {};
	const { stdout } = await promisify(execFile)('prlimit', ['--pid', String(pid), '--raw', '--noheadings', '--output', 'SOFT', ...how], as);
	return stdout.trim();
}

async function lowestFree(pid) {
	const open = new Set((await readdir(`/proc/${pid}/fd`)).map(Number));
	let number = 0;
	while (open.has(number))
		number++;
	return number;
}

// Gives what lets it have as many as before.
export async function exhaustDescriptors(pid) {
	const before = await limit(pid, '--nofile');
	for (let lowest, last = Infinity; (lowest = await lowestFree(pid)) < last; last = lowest)
		await limit(pid, `--nofile=${lowest}:`); // and again, if meanwhile it closed another
	return () => limit(pid, `--nofile=${before}:`);
}
