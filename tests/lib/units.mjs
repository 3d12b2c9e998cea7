// The systemd units of deploy/systemd, read and followed as systemd would where
// no systemd runs: the environment and its file, the socket as descriptor 0,
// messages and watchdog (manager.pl).
//
//   const service = await startService('pgbell-stream', { units, bin, directory, environment, count });
//   service.socket                   // its path
//   await service.heard(/^READY=1/)  // the next message that is like this
//   service.pids                     // of the processes that run
//   await service.stop();

import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { chown, mkdir, open, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { become } from './owner.mjs';
import { root } from './site.mjs';
import { waitFor } from './wait.mjs';

// { Unit: { Name: [value …] }, Service: …, … } of a unit file.
export async function readUnit(path) {
	const unit = {};
	let section;
	for (const line of (await readFile(path, 'utf8')).split('\n')) {
		const [, title, name, value] = /^(?:\[(\w+)\]|(\w+)=(.*))$/.exec(line) ?? [];
		if (title)
			section = unit[title] = {};
		else if (name)
			(section[name] ??= []).push(value);
	}
	return unit;
}

// An EnvironmentFile, as far as ours goes: NAME=value lines and comments.
export function readEnvironment(text) {
	const lines = text.split('\n').filter((line) => line !== '' && !/^[#;]/.test(line));
	return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2)));
}

// owner: { uid, gid } to run as, where we are root.  logs: a directory; that of a site
// has it look for sanitizers' reports.  wrap: a command to start it by, such as prlimit.
export async function startService(name, { units, bin, directory, environment = {}, environmentFile, count = 1, watchdogMs, owner, logs = directory, wrap = [] }) {
	const { Service: service } = await readUnit(join(units, name === 'pgbell-api' ? 'pgbell-api@.service' : `${name}.service`));
	const { Socket: socket } = await readUnit(join(units, `${name}.socket`));
	assert.deepEqual(service.Sockets, [`${name}.socket`]);
	// Of several sockets the one of the service's own name.
	assert.deepEqual(service.StandardInput, [name === 'pgbell-stream' ? 'fd:pgbell-stream.socket' : 'socket']);
	const [path] = socket.ListenStream.map((it) => join(directory, basename(it)));
	const notify = service.Type[0] === 'notify' ? join(directory, `${name}.notify`) : '';
	const [seconds] = (service.WatchdogSec ?? ['0']).map(parseFloat);
	await mkdir(directory, { recursive: true });
	const asOwner = become(owner);
	if (asOwner.length > 0)
		await chown(directory, owner.uid, owner.gid);

	const log = await open(join(logs, `${name}-service.log`), 'a');
	const child = spawn('setpriv', [...asOwner, '--pdeathsig=TERM', '--', ...wrap, 'perl', join(root, 'tests/lib/manager.pl'), path, socket.Backlog[0], count,
		notify, notify ? watchdogMs ?? seconds * 1000 : 0, '--', join(bin, basename(service.ExecStart[0]))].map(String), {
		stdio: ['ignore', 'pipe', log.fd],
		// Settings of the file win over those of the unit; ours, of this machine, over both.
		env: { PATH: process.env.PATH, ...Object.fromEntries(service.Environment.map((it) => it.split(/=(.*)/s, 2))),
			...readEnvironment(await readFile(environmentFile ?? join(units, 'pgbell.env'), 'utf8')), ...environment },
	});
	const exited = new Promise((resolve) => child.on('exit', resolve));
	await log.close();
	const started = new StartedService(child, exited, path);
	await waitFor(`${name} to start`, () => started.pids.length === count); // there is the socket then
	return started;
}

class StartedService {
	pids = [];
	messages = []; // [pid, text, when]
	ended = [];    // [pid, wait status]
	#child;
	#exited;

	constructor(child, exited, socket) {
		this.#child = child;
		this.#exited = exited;
		this.socket = socket;
		createInterface({ input: child.stdout }).on('line', (line) => this.#take(...line.split(' ')));
	}

	#take(what, pid, rest) {
		if (what === 'started')
			this.pids.push(Number(pid));
		else if (what === 'ended')
			this.pids.splice(this.pids.indexOf(Number(pid)), 1) && this.ended.push([Number(pid), Number(rest)]);
		else
			this.messages.push([Number(pid), rest, Date.now()]);
	}

	heard(pattern, after = 0) {
		return waitFor(`a message like ${pattern}`, () => this.messages.slice(after).find(([, text]) => pattern.test(text)));
	}

	async stop() {
		this.#child.kill('SIGTERM');
		await this.#exited;
	}
}
