// A copy of a site's PostgreSQL as a file system or a machine takes one, and how it is put back: of
// the server that is stopped, or of the running one at one moment, which recovers as from a crash.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { processesIn } from '../lib/site.mjs';
import { signal } from './kinds/postgres.mjs';
import { until } from './wait.mjs';

const run = promisify(execFile);

// What goes before a command that is to see files as this process does.  Most sites are in our own namespace, which
// nobody but root can enter.  Where the other one runs in a root of its own (chroot), a namespace is seen from outside of that.
async function wayTo(pid) {
	const [ours, theirs] = await Promise.all(['self', pid].map((it) => readlink(`/proc/${it}/ns/mnt`)));
	return ours === theirs ? [] : ['nsenter', `--mount=/proc/${pid}/ns/mnt`, `--root=/proc/${pid}/root`];
}

export class Snapshot {
	#site;
	#places; // [where it is, where its copy is]

	// disk: a directory of a tablespace besides the data directory; both as the site's supervisor sees them.
	constructor(site, directory, { disk } = {}) {
		this.#site = site;
		this.#places = [[join(site.state, 'pg'), join(directory, 'pg')], ...disk ? [[disk, join(directory, 'disk')]] : []];
	}

	takeOfStopped() {
		return this.#whileStopped('SIGINT', () => this.#copy(([place, copy]) => [place, copy]));
	}

	async takeOfRunning() {
		const master = await this.#site.pid('postgres');
		signal(master, 'SIGSTOP'); // so that there are no more of them
		const pids = (await processesIn(join(this.#site.state, 'pg'))).map(({ pid }) => pid);
		try {
			pids.forEach((pid) => signal(pid, 'SIGSTOP'));
			await this.#copy(([place, copy]) => [place, copy]);
		} finally {
			pids.forEach((pid) => signal(pid, 'SIGCONT'));
		}
	}

	putBack() {
		return this.#whileStopped('SIGQUIT', () => this.#copy(([place, copy]) => [copy, place]));
	}

	async #copy(direct) {
		const way = await wayTo(await this.#site.pid('supervisor'));
		const script = 'mkdir -p "$2" && find "$2" -mindepth 1 -delete && cp -a "$1/." "$2" && rm -f "$2/postmaster.pid"';
		for (const [from, to] of this.#places.map(direct))
			await run('env', [...way, 'sh', '-c', script, 'copy', from, to]);
	}

	// Its supervisor stands still as well, or would start it again.
	async #whileStopped(theSignal, work) {
		const supervisor = await this.#site.pid('supervisor'), master = await this.#site.pid('postgres');
		signal(supervisor, 'SIGSTOP');
		try {
			signal(master, theSignal);
			await until('PostgreSQL has stopped', async () => !existsSync(join(this.#site.state, 'pg/postmaster.pid')));
			await work();
		} finally {
			signal(supervisor, 'SIGCONT');
		}
	}
}
