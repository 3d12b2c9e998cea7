-- Function: pgbell.events_after(3)
--   What is new for people: their events after the given numbers.
--   The query that a stream process asks most.  At rest it returns nothing.
-- Parameters: users      ids of people
--             seqs       of the same length: the last number that each has; null skips it
--             lim        at most so many events a person
-- Returns: rows ordered by user_id, then seq:
--   events       without a hole from the given number on: prev is the number before seq, which is
--                seq - 1 unless an era began (pgbell.leap(0)); data is the finished text for the
--                wire, one line, with unread_count in it
--   reset        one row in place of events where that is impossible; seq and unread_count are the
--                current ones, data {"reason": "trimmed" or "unknown", "seq", "unread_count"}
-- Errors: none
-- Tables: reads pgbell.inbox, pgbell.event; none of sessions, so that whoever holds these up holds
--   up no event; see pgbell.changed_sessions(2)
-- Plan: index scans and nested loops for one person and for 10,000, whatever statistics say,
--   planned once per connection; who has nothing new costs one look into inbox.  `offset 0` and the
--   scalar subquery keep each look a look: over tables that were empty when it planned, the planner
--   would rather compare every row with every other.  Stable: one snapshot.

create or replace function pgbell.events_after(users text[], seqs bigint[],
	lim integer default 256)
returns table (user_id text, seq bigint, type text, data text, unread_count integer,
	created_at timestamptz, prev bigint)
language plpgsql stable security definer
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
	-- At rest one person is rung who has an event more: that takes less.
	if cardinality(users) = 1 then
		return query
		select e.user_id::text, e.seq, e.type::text,
			(e.data || jsonb_build_object('unread_count', e.unread_count))::text,
			e.unread_count::integer, e.created_at, coalesce(e.prev, e.seq - 1)
		from pgbell.event e
		where e.user_id = users[1] and e.seq > seqs[1] and (
			select n.seq = seqs[1] + 1 or n.prev = seqs[1] from pgbell.event n
			where n.user_id = users[1] and n.seq > seqs[1]
			order by n.seq
			limit 1)
		order by e.seq
		limit lim;
		if found then
			return;
		end if;
	end if;

	return query
	select a.user_id, coalesce(e.seq, i.seq, 0), coalesce(e.type, 'reset'),
		coalesce(
			e.data || jsonb_build_object('unread_count', e.unread_count),
			jsonb_build_object('reason', pgbell.reset_reason(a.seq, coalesce(i.seq, 0), false),
				'seq', coalesce(i.seq, 0), 'unread_count', coalesce(i.unread_count, 0)))::text,
		coalesce(e.unread_count, i.unread_count, 0), coalesce(e.created_at, now()),
		coalesce(e.prev, e.seq - 1)
	from unnest(users, seqs) as a (user_id, seq)
	left join lateral (
		select * from pgbell.inbox i where i.user_id = a.user_id offset 0
	) i on true
	left join lateral (
		select e.seq, e.type::text, e.data, e.unread_count::integer, e.created_at, e.prev
		from pgbell.event e
		where e.user_id = a.user_id and e.seq > a.seq and (
			select n.seq = a.seq + 1 or n.prev = a.seq from pgbell.event n
			where n.user_id = a.user_id and n.seq > a.seq
			order by n.seq
			limit 1)
		order by e.seq
		limit lim
	) e on true
	where a.user_id is not null and a.seq <> coalesce(i.seq, 0)
	order by 1, 2;
end;
$$;
