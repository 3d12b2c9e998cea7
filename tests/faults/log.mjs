// The whole log of a site, with what was trimmed from it, as the judge wants it:
//
//   Map: person → rows by number { seq, prev, type, digest, count, mark, change, head }
//
// prev is the number before; change is what the event does to a list (fold.mjs).  Besides what
// the site has now there are rows that it had and has forgotten, { …, forgotten: when }, and
// numbers at which a log was begun anew, { seq, type: 'mended', at, count, list }.

import { digest } from './reader.mjs';

const PAGE = 2_000;

// One that was snoozed is told as new again, with the mark that it had: that counts once.
export async function readLog(site) {
	const log = new Map(), marks = new Map();
	for (let after = ['', 0]; ;) {
		const rows = await site.sql(`
			select address, seq::float8, coalesce(prev, seq - 1)::float8 as prev, type,
				(data || jsonb_build_object('unread_count', unread_count))::text as text, unread_count
			from (select * from pgbell.event union select * from fault.archive) whole
			where (address, seq) > ($1, $2) order by address, seq limit $3`, [...after, PAGE]);
		for (const { address, seq, prev, type, text, unread_count } of rows) {
			const data = JSON.parse(text), mark = data.data?.mark ?? null, key = `${address} ${data.id}`;
			const isBack = type === 'new_notification' && marks.get(key) === mark;
			if (mark !== null)
				marks.set(key, mark);
			add(log, address, {
				seq, prev, type, digest: digest(data), count: unread_count, mark: isBack ? null : mark,
				change: describeChange(data), head: text.slice(0, 80),
			});
		}
		if (rows.length < PAGE)
			return log;
		after = [rows.at(-1).address, rows.at(-1).seq];
	}
}

function describeChange({ id, read_at, ids, all, except, data }) {
	return { id, isUnread: read_at === null, mark: data?.mark ?? null, ids, all, except };
}

function add(log, person, row) {
	if (!log.has(person))
		log.set(person, []);
	log.get(person).push(row);
}

// Of a log as it was, what the log as it is does not have any more.
export function findForgotten(past, log, at) {
	const forgotten = new Map();
	for (const [person, rows] of past) {
		const known = new Map((log.get(person) ?? []).map((row) => [row.seq, row]));
		for (const row of rows)
			if (known.get(row.seq)?.digest !== row.digest)
				add(forgotten, person, { ...row, forgotten: at });
	}
	return forgotten;
}

// All in one.  forgotten: [Map]; mends: [{ person, seq, at, count, list }]
export function joinLog(log, forgotten, mends) {
	const whole = new Map([...log].map(([person, rows]) => [person, [...rows]]));
	for (const part of forgotten)
		for (const [person, rows] of part)
			rows.forEach((row) => add(whole, person, row));
	for (const { person, ...mend } of mends)
		add(whole, person, { ...mend, type: 'mended', mark: null, head: '' });
	for (const rows of whole.values())
		rows.sort((a, b) => a.seq - b.seq);
	return whole;
}

// What each person's list has: Map: person → Map: id → { isUnread, isClaimed, mark }
export async function readLists(site) {
	const lists = new Map();
	const rows = await site.sql(`
		select n.id::float8, n.user_id, n.data -> 'mark' as mark,
			n.read_at is null and not pgbell.is_covered(n.id, i.read_up_to, i.read_except) as is_unread,
			exists (select from pgbell.claim c where c.notification_id = n.id) as is_claimed
		from pgbell.notification n join pgbell.inbox i on i.address = n.user_id`);
	for (const { id, user_id, is_unread, is_claimed, mark } of rows) {
		if (!lists.has(user_id))
			lists.set(user_id, new Map());
		lists.get(user_id).set(id, { isUnread: is_unread, isClaimed: is_claimed, mark });
	}
	return lists;
}
