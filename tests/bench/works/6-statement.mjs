// One INSERT ... SELECT for many people, half or fewer of them connected.

import { Crowd } from '../lib/crowd.mjs';
import { nowUs } from '../lib/processes.mjs';
import { PAD } from '../lib/world.mjs';

export const title = 'One INSERT … SELECT for N people, 5,000 of them connected';
export const columns = ['statement_ms', 'last_ms'];
export const plot = { x: 'people', y: 'last_ms' };

export const settings = { quick: { sizes: [1000, 10_000], connected: 2000 }, full: { sizes: [1000, 10_000, 100_000], connected: 5000 } };

export async function measure(bench, { sizes, connected }) {
	for (const size of sizes) {
		await bench.alternate(['pgbell', 'express'], async (contender) => {
			const streams = Math.min(size, connected);
			const crowd = await Crowd.start(bench.world.scratch, contender.port, contender.requestsOfMany(streams));
			try {
				await crowd.open(0, streams);
				return { parameters: { people: size }, values: await tell(bench, contender, crowd, size, streams) };
			} finally {
				await crowd.stop();
			}
		});
	}
}

async function tell(bench, { database, table }, crowd, size, streams) {
	await crowd.reset();
	const began = nowUs();
	const [{ last_at: lastAt }, statementUs] = await Promise.all([
		crowd.awaitEvents(streams, 60),
		bench.world.query(database, `insert into ${table} (user_id, kind, data)
			select 'u' || i, 'bench', jsonb_build_object('n', i, 'at', $2::bigint, 'text', $3::text) from generate_series(1, $1) i`,
		[size, began, PAD]).then(() => nowUs() - began),
	]);
	await crowd.verify(Array.from({ length: streams }, (_, i) => ({ events: 1, sum: i + 1 })));
	return { statement_ms: statementUs / 1000, last_ms: (lastAt - began) / 1000 };
}
