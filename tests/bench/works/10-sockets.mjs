// One event to N open WebSockets, beside as many event streams and npm `ws`.

import { Fresh, inTurn } from '../contenders/fresh.mjs';
import { NpmWs } from '../contenders/npm-ws.mjs';
import { Crowd } from '../lib/crowd.mjs';
import { FAN_OUT_COLUMNS, tellCrowd } from '../lib/fan-out.mjs';

export const title = 'One event to N WebSockets';
export const columns = FAN_OUT_COLUMNS;

export const settings = {
	quick: { sizes: [1000, 5000], round_s: 10 },
	full: { sizes: [1000, 5000, 9000], round_s: 25 },
};

const CONTENDERS = {
	SSE: () => new Fresh('SSE'),
	WebSocket: () => new Fresh('WebSocket', { door: 'socket' }),
	'ws + LISTEN': () => new NpmWs(),
};

export const notes = [
	'All of one person, behind nginx with pgbell’s recipe. `ws + LISTEN`: npm `ws` without compression and one connection of `pg` that listens, behind nginx too; it authenticates nobody, and replays nothing. Programs and nginx are started for each turn.',
];

export function targets({ sizes }) {
	const cost = ['cpu_us_server', 'cpu_us_nginx'];
	return sizes.flatMap((streams) => {
		const text = (of) => `${of}, ${streams.toLocaleString('en')} sockets`;
		const of = (name, ...figures) => [name, { streams }, ...figures];
		return [
			{ text: text('deliveries/s as part of those of event streams'), of: of('WebSocket', 'deliveries_per_s'), to: of('SSE', 'deliveries_per_s'), atLeast: 1 },
			{ text: text('CPU of a delivery, with nginx, as part of an event stream’s'), of: of('WebSocket', ...cost), to: of('SSE', ...cost), atMost: 1 },
			{ text: text('deliveries/s as multiple of npm ws’s'), of: of('WebSocket', 'deliveries_per_s'), to: of('ws + LISTEN', 'deliveries_per_s'), atLeast: 3 },
			{ text: text('CPU of npm ws for a delivery as multiple of pgbell-stream’s'), of: of('ws + LISTEN', 'cpu_us_server'), to: of('WebSocket', 'cpu_us_server'), atLeast: 3 },
		];
	});
}

export const headlines = () => [];

export async function measure(bench, { sizes }) {
	await bench.alternate(Object.keys(CONTENDERS), ({ name }) => inTurn(CONTENDERS[name](), bench.world, async (contender) => {
		const crowd = await Crowd.start(bench.world.scratch, contender, contender.requestsOfOne(sizes.at(-1)));
		try {
			await tellCrowd(bench, contender, crowd, sizes, () => true);
		} finally {
			await crowd.stop();
		}
	}));
}
