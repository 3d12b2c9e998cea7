-- Function: pgbell.open_streams(4)
--   Lets streams in, a whole batch in one round trip.
-- Parameters, all of the same length:
--             tokens, tickets   one of the two for each stream, the other null
--             afters            the last seq that the client has of its person's log, null for none
--             topics            that it is to follow as well, as pgbell.open_follows(2) takes them
-- Returns: a row for each, in order (ord 1 … n).  user_id is null when it is refused, or, with follows, a
--   visitor, who has shown no credentials that are good and may follow all the same.  expires_at
--   is when the session ends by itself; seq and unread_count are the person's current ones.  reset
--   is null when after is null or can be gone on from without a hole, else "unknown" or "trimmed".
--   follows is what pgbell.open_follows(2) says of the topics
-- Errors: none
-- Tables: reads pgbell.inbox, pgbell.event, pgbell.operator; see pgbell.identify(1),
--   pgbell.spend_ticket(1)
-- Plan: as pgbell.events_after(4)

create or replace function pgbell.open_streams(tokens text[], tickets text[], afters bigint[],
	topics text[])
returns table (ord integer, user_id text, session_id text, expires_at timestamptz,
	is_operator boolean, seq bigint, unread_count integer, reset text, follows text)
language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
	return query
	select a.ord::integer, c.user_id, c.session_id, c.expires_at,
		coalesce((select true from pgbell.operator o where o.user_id = c.user_id), false),
		coalesce(i.seq, 0), coalesce(i.unread_count, 0),
		case when c.user_id is not null then
			pgbell.reset_reason(a.after, coalesce(i.seq, 0), case when a.after < i.seq then
				coalesce((select f.goes_on from pgbell.first_behind(c.user_id, a.after) f), false) end)
		end,
		pgbell.open_follows(c.user_id, a.topics)
	from unnest(tokens, tickets, afters, topics) with ordinality
		as a (token, ticket, after, topics, ord)
	left join lateral (
		select * from pgbell.identify(a.token) where a.token is not null
		union all
		select * from pgbell.spend_ticket(a.ticket) where a.token is null and a.ticket is not null
		limit 1
	) c on true
	left join lateral (
		select * from pgbell.inbox i where i.address = c.user_id offset 0
	) i on true
	order by a.ord;
end;
$$;
