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
-- Form: runs as its caller, who has pinned search_path and plan; see pgbell.open_streams(4).

create or replace function pgbell.open_follows(user_id text, topics text)
returns text language plpgsql stable
as $$
declare
	follows text;
begin
	if topics is not null then
		select string_agg(case when w.may then concat(s.seq, '+' || nullif(pgbell.leapt(w.address, w.after), 0),
				'!' || pgbell.reset_reason(w.after, s.seq, pgbell.goes_on(w.address, w.after))) else '-' end,
			' ' order by w.ord)
		into follows
		from (
			select chr(1) || t.topic as address, pgbell.lets_follow($1, t.topic) as may, t.ord,
				-- What no number can be was never given.
				case when t.after ~ '^\d{1,18}$' then t.after::bigint when t.after <> '' then -1 end as after
			from (
				select split_part(p.part, '=', 1) as topic, split_part(p.part, '=', 2) as after, p.ord
				from unnest(string_to_array($2, ' ')) with ordinality p (part, ord)
			) t
			offset 0
		) w
		left join lateral (
			select i.seq from pgbell.inbox i where w.may and i.address = w.address offset 0
		) i on true
		cross join lateral (select coalesce(i.seq, 0) as seq) s;
	end if;
	return case when user_id is not null or follows ~ '\d' then follows end;
end;
$$;
