// A transaction of random steps: new rows, changed ones, upserts, marks, deletions, early numbering,
// each perhaps in a savepoint that is taken back.

import { Draft } from './draft.mjs';

const MOST = 6;
const LIST = 15;

const one = `(select id from pgbell.notification where user_id = $1 order by id desc offset $2 limit 1)`;

const steps = {
	insert: { often: 6, statement: `insert into pgbell.notification (user_id, kind, data)
		values ($1, 'step', jsonb_build_object('mark', $3::bigint, 'place', $2::integer)) returning id` },
	upsert: { often: 5, statement: `insert into pgbell.notification (user_id, kind, subject, data)
		values ($1, 'digest', 'digest/' || $2 % 3, jsonb_build_object('mark', $3::bigint))
		on conflict (user_id, subject) where kind = 'digest' do update set data = excluded.data, read_at = null returning id` },
	change: { often: 4, statement: `update pgbell.notification set data = jsonb_build_object('mark', $3::bigint)
		where id = ${one} returning id` },
	light: { often: 3, statement: `update pgbell.notification set data = jsonb_build_object('mark', $3::bigint), read_at = null
		where id = ${one} returning id` },
	mark: { often: 4, isSilent: true, statement: `update pgbell.notification set read_at = case when $3::bigint % 2 = 0 then now() end
		where id = ${one} returning id` },
	remove: { often: 3, isRemoval: true, statement: `delete from pgbell.notification where id = ${one} and $3::bigint > 0 returning id` },
	replace: { often: 2, statement: `with gone as (delete from pgbell.notification where id = ${one} returning id, user_id)
		select id from gone where $3::bigint > 0`, then: `insert into pgbell.notification (id, user_id, kind, data)
		overriding system value values ($2, $1, 'replaced', jsonb_build_object('mark', $3::bigint)) returning id` },
	number: { often: 2, isNumbering: true, statement: 'select pgbell.number_pending()' },
	immediate: { often: 1, isNumbering: true, statement: 'set constraints all immediate; set constraints all deferred' },
};
const weights = Object.fromEntries(Object.entries(steps).map(([name, { often }]) => [name, often]));

// query(text, params), people(): whom; nextMark(); the marks go into the transaction.
export async function compose(transaction, { query, choosePerson, nextMark, random }) {
	const draft = new Draft(transaction);
	for (let left = random.integer(1, MOST); left > 0; left--) {
		const saved = random.chance(0.4) ? draft.save() : undefined;
		if (saved)
			await query('savepoint step');
		await take(draft, steps[random.pickWeighted(weights)], { query, person: choosePerson(), mark: nextMark(), place: random.integer(0, LIST) });
		if (saved && random.chance(0.4)) {
			await query('rollback to step');
			draft.restore(saved);
		}
	}
	draft.close();
}

async function take(draft, step, { query, person, mark, place }) {
	if (step.isNumbering) {
		await query(step.statement);
		draft.number();
		return;
	}
	const { rows: [row] } = await query(step.statement, [person.id, place, mark]);
	if (!row || step.isSilent)
		return;
	if (step.isRemoval) {
		draft.remove(row.id);
		return;
	}
	if (step.then)
		await query(step.then, [person.id, row.id, mark]);
	draft.write(row.id, `${person.id} ${mark}`);
}
