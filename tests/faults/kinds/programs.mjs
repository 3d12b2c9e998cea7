// The programs of the site die, stop, or have no descriptors left.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import net from 'node:net';
import { promisify } from 'node:util';
import { until } from '../wait.mjs';
import { signal } from './postgres.mjs';

const run = promisify(execFile);
const stream = ({ scene, random }) => scene.streamPids().then((pids) => random.pick(pids));
const api = ({ scene, random }) => scene.apiPids().then((pids) => random.pick(pids));

async function worker({ scene, random }) {
	const master = await until('nginx runs', () => scene.site.pid('nginx'));
	const children = await readFile(`/proc/${master}/task/${master}/children`, 'utf8');
	return Number(random.pick(children.trim().split(' ')));
}

// It goes when it is ready to: only then the fault has struck.
const once = (name, choose, theSignal) => ({
	name,
	isTelling: choose === stream,
	make: async (context) => {
		const pid = await choose(context);
		signal(pid, theSignal);
		return pid;
	},
	hasStruck: (_, pid) => theSignal === 'SIGHUP' || until(`process ${pid} has gone`, async () => !existsSync(`/proc/${pid}`)),
});

const stop = (name, choose, heldMs) => ({
	name: `SIGSTOP of ${name}`,
	heldMs,
	make: async (context) => {
		const pid = await choose(context);
		signal(pid, 'SIGSTOP');
		return pid;
	},
	heal: (_, pid) => signal(pid, 'SIGCONT'),
});

// As the user whom the process belongs to: root need not be allowed to.
async function limitDescriptors(pid, ...limit) {
	const { uid, gid } = await stat(`/proc/${pid}`);
	const { stdout } = await run('prlimit', ['--pid', String(pid), '--raw', '--noheadings', '--output', 'SOFT', ...limit], { uid, gid });
	return stdout.trim();
}

// Just above what it has open, so that its next descriptor is refused.
async function exhaust(pid) {
	const open = (await readdir(`/proc/${pid}/fd`)).map(Number);
	const limit = await limitDescriptors(pid, '--nofile');
	await limitDescriptors(pid, `--nofile=${Math.max(...open) + 2}:`);
	return limit;
}

export default [
	once('kill -9 of pgbell-stream', stream, 'SIGKILL'),
	once('SIGTERM of pgbell-stream', stream, 'SIGTERM'),
	stop('pgbell-stream', stream, [200, 2_500]),
	once('kill -9 of pgbell-api', api, 'SIGKILL'),
	once('SIGTERM of pgbell-api', api, 'SIGTERM'),
	stop('pgbell-api', api, [200, 1_500]),
	once('kill -9 of an nginx worker', worker, 'SIGKILL'),
	stop('an nginx worker', worker, [200, 2_000]),
	once('nginx reload', ({ scene }) => scene.site.pid('nginx'), 'SIGHUP'),
	{
		name: 'pgbell-stream has no descriptors left',
		heldMs: [300, 1_000],
		make: async (context) => {
			const pid = await stream(context);
			const limit = await exhaust(pid);
			const knocking = Array.from({ length: 8 }, () => {
				const socket = net.connect(context.scene.site.port, '127.0.0.1');
				socket.on('error', () => {});
				socket.write('GET /api/notifications/stream HTTP/1.1\r\nHost: x\r\n\r\n');
				return socket;
			});
			return { pid, limit, knocking };
		},
		heal: async (_, { pid, limit, knocking }) => {
			await limitDescriptors(pid, `--nofile=${limit}:`);
			for (const socket of knocking)
				socket.destroy();
		},
	},
];
