// The machine that `booted-root` boots: what its operator does in it, and what is seen
// from outside of its namespaces.

import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { waitFor } from '../lib/wait.mjs';

const run = promisify(execFile);
const BOOT_MS = 120_000;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

// The shell that boots it → nsenter, which became unshare → its process 1.
async function findInit() {
	let pid = process.env.MACHINE;
	assert.ok(pid, 'tests/booted-root runs this');
	for (let generation = 0; generation < 2; generation++)
		[pid] = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')).split(' ');
	return Number(pid) || null;
}

let init;

// Once it is up: all units that are to be started are.
export async function awaitBoot(before) {
	init = await waitFor('process 1', async () => {
		const pid = await findInit();
		return pid !== before && (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')) === 'systemd\n' && pid;
	}, BOOT_MS);
	// The bus of a systemd that has just begun is not there yet.
	const state = () => inside('systemctl', 'is-system-running', '--wait').catch((error) => error.stdout ?? '');
	await waitFor('its units', async () => /running|degraded/.test(await state()), BOOT_MS);
	return init;
}

// A command in the machine, by root; what it says.
export async function inside(...words) {
	const { stdout } = await run('nsenter', [`--target=${init}`, '--mount', '--pid', '--uts', '--ipc', '--cgroup', '--root', '--wd',
		'env', '-i', `PATH=${PATH}`, 'TERM=dumb', 'HOME=/root', 'LC_ALL=C.UTF-8', ...words], { maxBuffer: 1 << 26 });
	return stdout;
}

export const shell = (text) => inside('bash', '--norc', '-euc', text);

// Of a unit: { Name: value }.
export async function show(unit, ...names) {
	const text = await inside('systemctl', 'show', '--property', names.join(','), unit);
	return Object.fromEntries(text.trim().split('\n').map((line) => line.split(/=(.*)/s, 2)));
}

// Processes of a unit as the kernel of this machine numbers them.
export const here = (path) => `/proc/${init}/root${path}`;

// What stands in /proc/PID/status of a process of the machine: { Name: value }.
export async function statusOf(pid) {
	const text = await inside('cat', `/proc/${pid}/status`);
	return Object.fromEntries(text.trim().split('\n').map((line) => line.split(/:\s*/, 2)));
}

export async function reboot() {
	const before = init;
	await inside('systemctl', 'reboot').catch(() => {}); // we go down with it
	return awaitBoot(before);
}

// The paths of all files of the installation: not what runs or grows by itself.
export async function listFiles() {
	return (await shell(`find / -xdev \\( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /var/tmp
		-o -path /var/log -o -path /var/cache -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/lib/postgresql \\) -prune
		-o -print | sort`.replace(/\n\s*/g, ' '))).trim().split('\n');
}
