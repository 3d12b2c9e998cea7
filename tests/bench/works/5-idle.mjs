// What N idle streams cost, heartbeats included.

import { setTimeout as sleep } from 'node:timers/promises';
import { Crowd } from '../lib/crowd.mjs';
import { cpuOf, difference, wakeupsOf } from '../lib/processes.mjs';

export const title = 'N idle streams, heartbeats included';
export const columns = ['cpu_percent_server', 'cpu_percent_nginx', 'cpu_percent_postgres', 'wakeups_per_s_server', 'wakeups_per_s_postgres'];
export const plot = { x: 'streams', y: 'cpu_percent_server' };
export const once = true; // long enough in itself

export const settings = { quick: { sizes: [5000], seconds: 5 }, full: { sizes: [1000, 10_000], seconds: 15 } };

export async function measure(bench, { sizes, seconds }) {
	for (const size of sizes) {
		await bench.alternate(['pgbell', 'nchan', 'express'], async (contender) => {
			const crowd = await Crowd.start(bench.world.scratch, contender.port, contender.requestsOfMany(size));
			try {
				await crowd.open(0, size);
				await sleep(1500); // what follows an opening is over
				const parts = await contender.parts();
				const [cpu, wakeups] = [cpuOf(parts), wakeupsOf(parts)];
				await sleep(seconds * 1000);
				const [spent, woken] = [difference(cpuOf(parts), cpu), difference(wakeupsOf(parts), wakeups)];
				const percent = (part) => (spent[part] === undefined ? undefined : 100 * spent[part] / seconds);
				return {
					parameters: { streams: size },
					values: {
						cpu_percent_server: percent('server'), cpu_percent_nginx: percent('nginx'), cpu_percent_postgres: percent('postgres'),
						wakeups_per_s_server: woken.server === undefined ? undefined : woken.server / seconds,
						wakeups_per_s_postgres: woken.postgres === undefined ? undefined : woken.postgres / seconds,
					},
				};
			} finally {
				await crowd.stop();
			}
		});
	}
}
