// One publication to N followers of a topic, beside one notification to N streams of a person; and what a
// topic more takes of a stream that follows it.

import { Fresh, inTurn } from '../contenders/fresh.mjs';
import { Crowd } from '../lib/crowd.mjs';
import { FAN_OUT_COLUMNS, tellCrowd } from '../lib/fan-out.mjs';
import { difference, memoryOf } from '../lib/processes.mjs';

const TOPICS = 32; // as many as a stream follows

export const title = 'One publication to N followers';
export const columns = [...FAN_OUT_COLUMNS, 'bytes_topic'];

export const settings = {
	quick: { sizes: [1000, 5000], round_s: 12 },
	full: { sizes: [1000, 5000, 10_000], round_s: 35 },
};

const KINDS = {
	person: {}, // nobody follows anything
	visitors: { topics: 1, isVisitor: true },
	followers: { topics: 1 },
};

export const notes = [
	'`person`: one notification to N streams of one person, as in work 1. `visitors`: one publication to N streams that have no session and follow its topic. `followers`: to N streams of one person that follow it. Each has a pgbell-stream and an nginx that were started for it alone. `32 topics`: N streams that follow one topic, and N more that follow 32; `bytes topic`: what the latter take more in pgbell-stream, for each topic more.',
];

export function targets({ sizes }) {
	const rows = (text, make) => sizes.flatMap((streams) => ['visitors', 'followers'].map((name) =>
		({ text: `${text} to ${streams.toLocaleString('en')} ${name} as part of a person’s`, ...make(name, { streams }) })));
	return [
		...rows('a publication’s deliveries/s', (name, at) => ({ of: [name, at, 'deliveries_per_s'], to: ['person', at, 'deliveries_per_s'], atLeast: 0.95 })),
		...rows('CPU of a delivery, with nginx,', (name, at) =>
			({ of: [name, at, 'cpu_us_server', 'cpu_us_nginx'], to: ['person', at, 'cpu_us_server', 'cpu_us_nginx'], atMost: 1.05 })),
		{ text: 'memory of a topic that a stream follows, bytes', of: [`${TOPICS} topics`, {}, 'bytes_topic'], atMost: 64 },
	];
}

export const headlines = ({ sizes }) => [
	{ text: `one publication to ${sizes.at(-1).toLocaleString('en')} visitors, deliveries/s`, parameters: { streams: sizes.at(-1) }, figure: 'deliveries_per_s' },
];

export async function measure(bench, { sizes }) {
	await bench.alternate([...Object.keys(KINDS), `${TOPICS} topics`], async ({ name }) => {
		if (KINDS[name])
			await inTurn(new Fresh(name, KINDS[name]), bench.world, (contender) => fanOut(bench, contender, sizes));
		else
			await inTurn(new Fresh(name, { topics: TOPICS }), bench.world, (contender) => compareTopics(bench, contender, sizes[1]));
	});
}

async function fanOut(bench, contender, sizes) {
	const crowd = await Crowd.start(bench.world.scratch, contender, contender.requestsOfOne(sizes.at(-1)));
	try {
		await tellCrowd(bench, contender, crowd, sizes, () => true);
	} finally {
		await crowd.stop();
	}
}

// Half of the streams follow the last topic alone.
async function compareTopics(bench, contender, streams) {
	const requests = [...contender.requestsOfOne(streams, contender.topics.slice(-1)), ...contender.requestsOfOne(streams)];
	const crowd = await Crowd.start(bench.world.scratch, contender, requests);
	const memory = async () => memoryOf({ server: [contender.program.pid] });
	try {
		const before = await memory();
		await crowd.open(0, streams);
		const one = await memory();
		await crowd.open(streams, 2 * streams);
		const [few, many] = [difference(one, before).server, difference(await memory(), one).server];
		await bench.record(contender.name, { streams }, { bytes_server: many / streams, bytes_topic: (many - few) / streams / (TOPICS - 1) });
	} finally {
		await crowd.stop();
	}
}
