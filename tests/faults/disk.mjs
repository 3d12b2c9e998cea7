// A small disk for the log alone: a tmpfs in a mount namespace of the site's
// own, which only root can make.  The log lies on it as a tablespace.

import { execFile, execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../lib/site.mjs';

const run = promisify(execFile);
const SIZE = '1g'; // of memory, as far as it is used

export function canMakeDisk() {
	try {
		execFileSync('unshare', ['--mount', '--propagation', 'private', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
		return true;
	} catch {
		return false;
	}
}

export class Disk {
	directory;
	#site;

	// Gives how the supervisor is to be called (site.mjs).
	async prepare(directory) {
		this.directory = directory;
		await mkdir(directory, { mode: 0o755 });
		const [uid, gid] = ['-u', '-g'].map((what) => execFileSync('id', [what, 'postgres'], { encoding: 'utf8' }).trim());
		const mount = `mount -t tmpfs -o size=${SIZE},uid=${uid},gid=${gid},mode=700 tmpfs "$0" && exec "$@"`;
		return ['unshare', '--mount', '--propagation', 'private', '--', 'sh', '-c', mount, directory, join(root, 'deploy/dev/run')];
	}

	async furnish(site) {
		this.#site = site;
		await site.superuser(`create tablespace disk location '${this.directory}'`);
		await site.superuser('alter table pgbell.event set tablespace disk');
		for (const index of ['event_pkey', 'event_age'])
			await site.superuser(`alter index pgbell.${index} set tablespace disk`);
	}

	// No more than a few pages are left.
	fill() {
		return this.#resize('mount -o remount,size=$(($(stat -f -c "(%b - %f) * %S + 32768" "$0"))) "$0"');
	}

	empty() {
		return this.#resize(`mount -o remount,size=${SIZE} "$0"`);
	}

	async #resize(script) {
		const supervisor = await this.#site.pid('supervisor');
		await run('nsenter', [`--mount=/proc/${supervisor}/ns/mnt`, 'sh', '-c', script, this.directory]);
	}
}
