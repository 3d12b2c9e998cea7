// One INSERT ... SELECT for many people, half or fewer of them connected.

import { Crowd } from '../lib/crowd.mjs';
import { nowUs } from '../lib/processes.mjs';
import { PAD } from '../lib/world.mjs';

export const title = 'One INSERT … SELECT for N people, 5,000 of them connected';
export const columns = ['statement_ms', 'last_ms'];

export const settings = {
	quick: { sizes: [1000, 10_000], connected: 2000, round_s: 4 },
	full: { sizes: [1000, 10_000, 100_000], connected: 5000, round_s: 14 },
};

export const plots = [
	{ y: 'last_ms', x: 'people', text: 'ms to the last client', log: true },
	{ y: 'statement_ms', x: 'people', text: 'ms of the statement', log: true },
];
export const growth = [
	{ text: 'time to the last client', figure: 'last_ms', x: 'people' },
	{ text: 'the statement', figure: 'statement_ms', x: 'people' },
];
export const notes = [
	'From before the statement to when the last of those connected (all 1,000; otherwise 5,000) has its event. Express’s trigger sends a NOTIFY for each row; pgbell numbers, counts and logs each row, and rings with some ids in each NOTIFY.',
];
export const headlines = ({ sizes }) => [
	{ text: `one statement for ${sizes.at(-1).toLocaleString('en')} people, ms to the last client`, parameters: { people: sizes.at(-1) }, figure: 'last_ms' },
];
export const targets = () => [];

export async function measure(bench, { sizes, connected }) {
	await bench.alternate(['pgbell', 'express'], async (contender) => {
		const crowd = await Crowd.start(bench.world.scratch, contender, contender.requestsOfMany(connected));
		try {
			let open = 0;
			for (const size of sizes) {
				const streams = Math.min(size, connected);
				await crowd.open(open, streams);
				open = streams;
				await bench.record(contender.name, { people: size }, await tell(bench, contender, crowd, size, streams));
			}
		} finally {
			await crowd.stop();
		}
	});
}

async function tell(bench, { database, table }, crowd, size, streams) {
	await crowd.reset();
	const began = nowUs();
	const [{ last_at: lastAt }, statementUs] = await Promise.all([
		crowd.awaitEvents(streams, 2 * bench.patience),
		bench.world.query(database, `insert into ${table} (user_id, kind, data)
			select 'u' || i, 'bench', jsonb_build_object('n', i, 'at', $2::bigint, 'text', $3::text) from generate_series(1, $1) i`,
		[size, began, PAD]).then(() => nowUs() - began),
	]);
	await crowd.verify(Array.from({ length: crowd.count }, (_, i) => (i < streams ? { events: 1, sum: i + 1 } : { events: 0, sum: 0 })));
	return { statement_ms: statementUs / 1000, last_ms: (lastAt - began) / 1000 };
}
