// The programs of the site die, stop, or have no descriptors left.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { exhaustDescriptors } from '../../lib/descriptors.mjs';
import { until } from '../wait.mjs';
import { signal } from './postgres.mjs';

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
			const release = await exhaustDescriptors(pid);
			const knocking = Array.from({ length: 8 }, () => {
				const socket = net.connect(context.scene.site.port, '127.0.0.1');
				socket.on('error', () => {});
				socket.write('GET /api/notifications/stream HTTP/1.1\r\nHost: x\r\n\r\n');
				return socket;
			});
			return { release, knocking };
		},
		heal: async (_, { release, knocking }) => {
			await release();
			for (const socket of knocking)
				socket.destroy();
		},
	},
];
