// Programs of the bench: started, asked line by line, measured, stopped.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

// Microseconds since 1970, as the C programs and clock_timestamp() count them.
export function nowUs() {
	return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

// A program that leads a process group of its own, which ends with us.
export class Program {
	#answers;

	constructor(command, { env = {}, stdio = ['pipe', 'pipe', 'inherit'] } = {}) {
		this.child = spawn('setpriv', ['--pdeathsig=TERM', '--', ...command], {
			env: { ...process.env, ...env }, stdio, detached: true,
		});
		this.exited = once(this.child, 'exit');
		this.pid = this.child.pid;
		this.#answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
	}

	// The next line that it prints.
	async line() {
		const { value, done } = await this.#answers.next();
		if (done)
			throw new Error(`${this.child.spawnargs.slice(2).join(' ')} ended (${await this.exited})`);
		return value;
	}

	// A command, and its answer in JSON.
	async ask(command) {
		this.child.stdin.write(`${command}\n`);
		return JSON.parse(await this.line());
	}

	async stop() {
		try {
			process.kill(-this.pid, 'SIGKILL');
		} catch (error) {
			if (error.code !== 'ESRCH')
				throw error;
		}
		await this.exited;
	}
}

// A FastCGI program, `count` processes of it on one listening socket at this path.
const SPAWN = `
	use IO::Socket::UNIX;
	use POSIX;
	my ($path, $count, @program) = @ARGV;
	my $socket = IO::Socket::UNIX->new(Local => $path, Listen => 4096) or die "$path: $!";
	POSIX::dup2(fileno $socket, 0);
	for (2 .. $count) { last if !fork }
	exec 'setpriv', '--pdeathsig=TERM', '--', @program or die "$program[0]: $!";
`;

export async function spawnFastcgi(path, count, command, options) {
	const program = new Program(['perl', '-e', SPAWN, path, String(count), ...command], options);
	while (!existsSync(path))
		await sleep(10);
	return program;
}

// --- what they cost ----------------------------------------------------------

// The process and all that descend from it.
export function familyOf(pid) {
	const children = new Map();
	for (const name of readdirSync('/proc').filter((it) => /^\d+$/.test(it))) {
		const parent = Number(/^PPid:\s+(\d+)$/m.exec(readProc(name, 'status'))?.[1] ?? 0);
		children.set(parent, [...children.get(parent) ?? [], Number(name)]);
	}
	const family = [pid];
	for (let i = 0; i < family.length; i++)
		family.push(...children.get(family[i]) ?? []);
	return family;
}

function readProc(pid, file) {
	try {
		return readFileSync(`/proc/${pid}/${file}`, 'utf8');
	} catch (error) {
		if (error.code === 'ENOENT' || error.code === 'ESRCH')
			return '';
		throw error;
	}
}

// Seconds of CPU that these processes have used, with children that are gone: { part: pids } → { part: seconds }.
export function cpuOf(parts) {
	return each(parts, (pid) => sumOfThreads(pid, 'schedstat', /^(\d+)/) / 1e9 + buriedOf(pid));
}

// proc(5) has these for one thread at a time.
function sumOfThreads(pid, file, pattern) {
	return threadsOf(pid).reduce((sum, thread) => sum + Number(pattern.exec(readProc(`${pid}/task/${thread}`, file))?.[1] ?? 0), 0);
}

function threadsOf(pid) {
	try {
		return readdirSync(`/proc/${pid}/task`);
	} catch (error) {
		if (error.code === 'ENOENT' || error.code === 'ESRCH')
			return [];
		throw error;
	}
}

// Its children that have ended and been waited for, in ticks of 10 ms (proc(5), cutime and cstime).
function buriedOf(pid) {
	const fields = readProc(pid, 'stat').replace(/^.*\) /s, '').split(' ');
	return fields.length > 14 ? (Number(fields[13]) + Number(fields[14])) / 100 : 0;
}

// How often they have been put on a CPU after waiting.
export function wakeupsOf(parts) {
	return each(parts, (pid) => sumOfThreads(pid, 'status', /^voluntary_ctxt_switches:\s+(\d+)$/m));
}

// Bytes of memory, what is shared divided among those who share it.
export function memoryOf(parts) {
	return each(parts, (pid) => 1024 * Number(/^Pss:\s+(\d+) kB$/m.exec(readProc(pid, 'smaps_rollup'))?.[1] ?? 0));
}

function each(parts, measure) {
	return Object.fromEntries(Object.entries(parts).map(([name, pids]) =>
		[name, pids.reduce((sum, pid) => sum + measure(pid), 0)]));
}

export function difference(after, before) {
	return Object.fromEntries(Object.keys(after).map((name) => [name, after[name] - (before[name] ?? 0)]));
}

export function run(command, args, options) {
	return execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
}
