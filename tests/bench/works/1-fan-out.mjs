// One event to N open streams: how fast it reaches all of them, what that
// costs, and how much memory a stream takes.

import { Crowd } from '../lib/crowd.mjs';
import { FAN_OUT_COLUMNS, tellCrowd } from '../lib/fan-out.mjs';

export const title = 'One event to N open streams';
export const columns = FAN_OUT_COLUMNS;

// Of nginx's two processes each has 20,000 descriptors, and needs two for a stream; they do not share quite evenly.
export const settings = {
	quick: { sizes: [100, 1000, 5000], round_s: 12 },
	full: { sizes: [100, 1000, 10_000, 18_000], round_s: 45 },
};

export const plots = [
	{ y: 'deliveries_per_s', x: 'streams', text: 'deliveries/s' },
	{ y: 'last_ms', x: 'streams', text: 'ms to the last client', log: true },
	{ y: 'cpu_us_server', x: 'streams', text: 'CPU of the server for a delivery, µs', log: true },
	{ y: 'bytes_server', x: 'streams', text: 'memory of the server for a stream, bytes', log: true },
];
export const growth = [
	{ text: 'time to the last client', figure: 'last_ms', x: 'streams' },
	{ text: 'CPU of the server for an event', figure: 'cpu_us_server', x: 'streams', times: true },
	{ text: 'memory of the server', figure: 'bytes_server', x: 'streams', times: true },
	{ text: 'memory of nginx', figure: 'bytes_nginx', x: 'streams', times: true },
];
export const notes = [
	'From before the event is written to when the last client has it. pgbell and Express have it inserted into PostgreSQL, and the commit flushed to disk, before; the bare loop, nchan and pushpin are handed it. `first ms`, when the first client has it, is mostly that, and decides where N is small.',
	'A delivery costs pgbell-stream more with 10,000 streams than with 1,000, and the bare loop too, which does nothing but `send()`: it is the kernel’s part, in more sockets than the caches hold. Behind nginx the most of a delivery is nginx’s, who reads it from one socket and writes it to another; nchan, which is a part of nginx, has it there already.',
	'`express ×2` is a process for each core. `pgbell, no chunks` has its streams unchunked over HTTP/1.1, by the line that the recipe for nginx names. pushpin opens about 1,000 streams a second, so it has 10,000 at most here. Memory: what the processes have grown by when the first N streams were opened after their start (PSS), divided by N; `bytes told`: that of all of them once the streams have been told some events.',
];

export function targets({ sizes }) {
	const at = sizes.filter((streams) => streams >= 1000);
	const deliveries = (name, streams) => [name, { streams }, 'deliveries_per_s'];
	const rows = (text, name, limit) => at.map((streams) =>
		({ text: `deliveries/s to ${streams.toLocaleString('en')} streams ${text}`, of: deliveries('pgbell', streams), to: deliveries(name, streams), ...limit }));
	const streams = sizes.at(-1);
	return [
		...rows('as part of the bare loop’s', 'bare loop', { atLeast: 0.9 }),
		...rows('as multiple of nchan’s', 'nchan', { above: 1 }),
		...rows('as multiple of Express’s', 'express', { atLeast: 3 }),
		...rows('as multiple of two Express processes’', 'express ×2', { atLeast: 3 }),
		{ text: 'own memory of a stream, bytes', of: ['pgbell', { streams }, 'bytes_server'], atMost: 1024 },
		{ text: 'memory of a stream with nginx when it has been opened, as part of nchan’s', of: ['pgbell', { streams }, 'bytes_server', 'bytes_nginx'], to: ['nchan', { streams }, 'bytes_nginx'], atMost: 1 },
		{ text: 'and when it has been told some events', of: ['pgbell', { streams }, 'bytes_told'], to: ['nchan', { streams }, 'bytes_told'], atMost: 1 },
	];
}

export const headlines = ({ sizes }) => [
	{ text: `one event to ${sizes.at(-1).toLocaleString('en')} streams, deliveries/s`, parameters: { streams: sizes.at(-1) }, figure: 'deliveries_per_s' },
	{ text: 'memory of a stream in the server, bytes', parameters: { streams: sizes.at(-1) }, figure: 'bytes_server' },
	{ text: 'and in nginx', parameters: { streams: sizes.at(-1) }, figure: 'bytes_nginx' },
	{ text: 'in both, once told some events', parameters: { streams: sizes.at(-1) }, figure: 'bytes_told' },
];

// In each round a contender's streams grow from one size to the next.  Memory is shown by programs that have
// just been started: later ones use again what they have.
export async function measure(bench, { sizes }) {
	await bench.alternate(['pgbell', 'pgbell, no chunks', 'bare loop', 'nchan', 'express', 'express ×2', 'pushpin'], async (contender) => {
		const crowd = await Crowd.start(bench.world.scratch, contender, contender.requestsOfOne(sizes.at(-1)));
		try {
			await tellCrowd(bench, contender, crowd, sizes.filter((it) => it <= (contender.most ?? it)), (size) => bench.round === 0 && size >= 1000);
		} finally {
			await crowd.stop();
		}
	});
}
