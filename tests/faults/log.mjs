// The whole log of a site, with what was trimmed from it, as the judge wants it.

import { digest } from './reader.mjs';

const PAGE = 2_000;

export async function readLog(site) {
	const log = new Map();
	for (let after = ['', 0]; ;) {
		const rows = await site.sql(`
			select user_id, seq::int, type, (data || jsonb_build_object('unread_count', unread_count))::text as text, unread_count
			from (select * from pgbell.event union select * from fault.archive) whole
			where (user_id, seq) > ($1, $2) order by user_id, seq limit $3`, [...after, PAGE]);
		for (const { user_id, seq, type, text, unread_count } of rows) {
			const data = JSON.parse(text);
			const row = { seq, type, digest: digest(data), count: unread_count, mark: data.data?.mark ?? null, head: text.slice(0, 80) };
			if (!log.has(user_id))
				log.set(user_id, []);
			log.get(user_id).push(row);
		}
		if (rows.length < PAGE)
			return log;
		after = [rows.at(-1).user_id, rows.at(-1).seq];
	}
}
