-- Function: pgbell.open_follows(2)
--   Which topics a stream may follow, and where each log is.
-- Parameters: user_id   of its person; null: a visitor
--             topics    words: name, or name=after with the last seq that the client has; null for none
-- Returns: null for none, and for a visitor who may follow none of them.  Else a word for each, in order: -
--   where it may not be followed, or seq[+leapt][!reason], with the topic's current seq; how many numbers
--   behind after were never given, pgbell.leapt(2), where there are such; and reset_reason where after
--   cannot be gone on from
-- Errors: see pgbell.lets_follow(2)
-- Tables: reads pgbell.inbox, pgbell.event
-- Form: runs as its caller, who has pinned search_path and plan; see pgbell.open_streams(4).  The sum is
--   pgbell.leapt(2), in the same statement: a call of it for each topic costs as much as all the rest.

create or replace function pgbell.open_follows(user_id text, topics text)
returns text language plpgsql stable
as $$
declare
	words text[] := string_to_array(topics, ' ');
	names text[];
	lets boolean[];
begin
	if words is null then
		return null;
	end if;
	names := array(select split_part(w.word, '=', 1) from unnest(words) with ordinality w (word, ord) order by w.ord);
	lets := pgbell.lets_follow(array_fill(user_id, array[cardinality(names)]), names);
	if user_id is null and not true = any (lets) then
		return null;
	end if;
	return (
		select string_agg(case when not t.may then '-' else concat(s.seq,
				'+' || nullif(l.leapt, 0),
				'!' || pgbell.reset_reason(a.after, s.seq, case when a.after < s.seq then
					coalesce((select f.goes_on from pgbell.first_behind(a.address, a.after) f), false) end)) end,
			' ' order by t.ord)
		from unnest(words, names, lets) with ordinality t (word, name, may, ord)
		cross join lateral (
			select chr(1) || t.name as address, split_part(t.word, '=', 2) as number
		) n
		cross join lateral (
			-- What no number can be was never given.
			select n.address, case when n.number ~ '^\d{1,18}$' then n.number::bigint
				when n.number <> '' then -1 end as after
		) a
		left join lateral (
			select i.seq from pgbell.inbox i where t.may and i.address = n.address offset 0
		) i on true
		cross join lateral (select coalesce(i.seq, 0) as seq) s
		cross join lateral (
			select case when a.after < s.seq then (
				select sum(e.seq - e.prev - 1)::bigint
				from pgbell.event e
				where e.address = a.address and e.seq > a.after and e.prev is not null
			) end as leapt
		) l);
end;
$$;
