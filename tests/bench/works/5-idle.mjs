// What N idle streams cost, heartbeats included.

import assert from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import { Crowd } from '../lib/crowd.mjs';
import { cpuOf, difference, wakeupsOf } from '../lib/processes.mjs';
import { HEARTBEAT_S } from '../lib/world.mjs';

export const title = 'N idle streams, heartbeats included';
export const columns = ['cpu_percent_server', 'cpu_percent_nginx', 'cpu_percent_postgres', 'wakeups_per_s_server', 'wakeups_per_s_nginx', 'wakeups_per_s_postgres'];

// A window is as long as the interval of everybody's heartbeats; each begins a step after the one before.
export const settings = {
	quick: { sizes: [5000], window_s: 5, step_s: 5, once_s: 12, round_s: 5 },
	full: { sizes: [1000, 10_000], window_s: 30, step_s: 4, once_s: 86, round_s: 8 },
};

export const plots = [
	{ y: 'cpu_percent_server', x: 'streams', text: 'CPU of the server, % of one core' },
	{ y: 'wakeups_per_s_server', x: 'streams', text: 'wake-ups of the server a second' },
];
export const growth = [
	{ text: 'CPU of the server', figure: 'cpu_percent_server', x: 'streams' },
	{ text: 'CPU of nginx', figure: 'cpu_percent_nginx', x: 'streams' },
];
export const notes = [
	'All of them at the same time, a heartbeat every 30 s; windows of 30 s, which overlap, each begun 4 s after the one before. CPU in percent of one core. PostgreSQL: all of it, since of these only pgbell asks it anything; with 1,000 streams it is nearly as much as with 10,000, so it is hardly the streams’.',
];

export function targets({ sizes }) {
	const streams = sizes.at(-1);
	const text = `CPU with ${streams.toLocaleString('en')} idle streams, % of one core`;
	return [
		{ text, of: ['pgbell', { streams }, 'cpu_percent_server'], below: 1 },
		{ text: `${text}, with all of PostgreSQL’s`, of: ['pgbell', { streams }, 'cpu_percent_server', 'cpu_percent_postgres'], below: 1 },
	];
}

export const headlines = ({ sizes }) => [
	{ text: `${sizes.at(-1).toLocaleString('en')} idle streams, % of a core`, parameters: { streams: sizes.at(-1) }, figure: 'cpu_percent_server' },
	{ text: 'and of nginx', parameters: { streams: sizes.at(-1) }, figure: 'cpu_percent_nginx' },
];

// They do next to nothing, so they can do it side by side.
export async function measure(bench, { sizes, window_s: window, step_s: step }) {
	const present = ['pgbell', 'nchan', 'express', 'pushpin'].filter((name) => bench.contenders[name]).map((name) => bench.contenders[name]);
	const crowds = new Map();
	try {
		for (const it of present)
			crowds.set(it, await Crowd.start(bench.world.scratch, it, it.requestsOfMany(sizes.at(-1))));
		let open = 0;
		for (const size of sizes) {
			const idlers = await allThat(bench, crowds, (crowd) => crowd.open(open, size).then(() => crowd.reset()));
			open = size;
			await sleep(1500); // what follows an opening is over
			await measureWindows(bench, idlers, size, window, step);
			await allThat(bench, crowds, (crowd) => checkHeartbeats(bench, crowd, window));
		}
	} finally {
		await Promise.all([...crowds.values()].map((crowd) => crowd.stop()));
	}
}

// No stream was closed, and each got a heartbeat if there was the time for one.
async function checkHeartbeats(bench, crowd, window) {
	const { heard, open } = await crowd.awaitEvents(0, bench.patience);
	if (window >= HEARTBEAT_S)
		assert.equal(heard, open, 'streams did not get a heartbeat');
}

// The contenders that could do it; the others are left out from then on.
async function allThat(bench, crowds, act) {
	for (const [contender, crowd] of [...crowds]) {
		if (await bench.attempt(contender, () => act(crowd)))
			continue;
		crowds.delete(contender);
		await crowd.stop();
	}
	return [...crowds.keys()];
}

async function measureWindows(bench, idlers, streams, window, step) {
	const began = performance.now();
	const until = (seconds) => sleep(Math.max(0, began + seconds * 1000 - performance.now()));
	await Promise.all(Array.from({ length: bench.repeats }, async (_, round) => {
		await until(round * step);
		const before = await Promise.all(idlers.map(look));
		await until(round * step + window);
		const after = await Promise.all(idlers.map(look));
		for (const [i, { name }] of idlers.entries())
			await bench.record(name, { streams }, spent(before[i], after[i]), round);
	}));
}

// Of PostgreSQL's processes nobody can say whose work they do; but no other contender gives them any here.
async function look(contender) {
	const { postgres, ...parts } = await contender.parts();
	if (contender.name === 'pgbell')
		parts.postgres = postgres;
	return { at: performance.now(), cpu: cpuOf(parts), wakeups: wakeupsOf(parts) };
}

function spent(before, after) {
	const seconds = (after.at - before.at) / 1000;
	const [cpu, wakeups] = ['cpu', 'wakeups'].map((name) => difference(after[name], before[name]));
	const each = (amount, times = 1) => (amount === undefined ? undefined : times * amount / seconds);
	return {
		cpu_percent_server: each(cpu.server, 100), cpu_percent_nginx: each(cpu.nginx, 100), cpu_percent_postgres: each(cpu.postgres, 100),
		wakeups_per_s_server: each(wakeups.server), wakeups_per_s_nginx: each(wakeups.nginx), wakeups_per_s_postgres: each(wakeups.postgres),
	};
}
