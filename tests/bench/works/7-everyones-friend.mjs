// One person whom everybody notifies: eight writers whose transactions notify
// that person first and then work for 10 ms, against the same without notifying.

import { insertInto, write } from '../lib/writers.mjs';

export const title = 'Eight writers notify one person, then work for 10 ms';
export const columns = ['writes_per_s'];

export const settings = { quick: { seconds: 1, round_s: 4 }, full: { seconds: 2, round_s: 7 } };

export const notes = [
	'Numbers are given at commit, so the lock on the person’s row is held for that alone. Express’s trigger takes none: its rows have no order that a reader could go on from.',
];

export const targets = () => [
	{ text: 'writes/s of eight that notify the same person, as part of those that do not notify', of: ['pgbell', {}, 'writes_per_s'], to: ['without', {}, 'writes_per_s'], atLeast: 0.85 },
];

export const headlines = () => [{ text: 'eight writers notify one person and work 10 ms, commits/s', parameters: {}, figure: 'writes_per_s' }];

const WRITERS = 8;
const script = (notify) => `
\\set n random(1, 1000000000)
begin;
${notify}
select pg_sleep(0.01);
insert into bench_work (n) values (:n);
commit;
`;

export async function measure(bench, { seconds }) {
	const { world } = bench;
	for (const database of ['pgbell', 'bench_express'])
		await world.query(database, 'create table if not exists bench_work (id bigint generated always as identity primary key, n bigint)');
	await bench.alternate(['without', 'pgbell', 'express'], async ({ name, database = 'pgbell', table }) => {
		const notify = name === 'without' ? 'select :n;' : insertInto(table).replace(/^\\set.*\n/gm, '').replace(`'u' || :u`, `'one'`).trim();
		const wrote = await write(world, database, script(notify), { writers: WRITERS, seconds });
		await bench.record(name, { writers: WRITERS }, { writes_per_s: wrote.tps });
	});
}
