-- Function: pgbell.events_after(5)
--   What is new: for people, their events after the given numbers; for sessions, which have ended
--   or been renewed.
--   The one query of a stream process.  At rest it returns nothing.
-- Parameters: users      ids of people
--             seqs       of the same length: the last number that each has; null skips it
--             sessions   ids of sessions that have a stream
--             lim        at most so many events a person
--             expiries   of the same length as sessions, the time that is known of each, null for
--                        never; null in place of the array: do not look
-- Returns: rows ordered by user_id, then seq:
--   events       without a hole from the given number on; data is the finished text for the wire,
--                one line, with unread_count in it
--   reset        one row in place of events where that is impossible; seq and unread_count are the
--                current ones, data {"reason": "trimmed" or "unknown", "seq", "unread_count"}
--   session_ended   user_id and seq null, data {"session_id", "reason"}
--   session_renewed   likewise, data {"session_id", "expires_at_us"}, microseconds since 1970, or null
--                for never and for a time so far away that bigint could not count to it
-- Errors: none
-- Tables: reads pgbell.inbox, pgbell.event; see pgbell.ended_sessions(1),
--   pgbell.renewed_sessions(2)
-- Plan: index scans and nested loops for one person and for 10,000, whatever statistics say,
--   planned once per connection; who has nothing new costs one look into inbox.  `offset 0` and the
--   scalar subquery keep each look a look: over tables that were empty when it planned, the planner
--   would rather compare every row with every other.  Stable: one snapshot.

create or replace function pgbell.events_after(users text[], seqs bigint[],
	sessions text[] default '{}', lim integer default 256, expiries timestamptz[] default null)
returns table (user_id text, seq bigint, type text, data text, unread_count integer,
	created_at timestamptz)
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
	if cardinality(users) = 1 and sessions = '{}' then
		return query
		select e.user_id::text, e.seq, e.type::text,
			(e.data || jsonb_build_object('unread_count', e.unread_count))::text,
			e.unread_count::integer, e.created_at
		from pgbell.event e
		where e.user_id = users[1] and e.seq > seqs[1] and (
			select true from pgbell.event n where n.user_id = users[1] and n.seq = seqs[1] + 1)
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
		coalesce(e.unread_count, i.unread_count, 0), coalesce(e.created_at, now())
	from unnest(users, seqs) as a (user_id, seq)
	left join lateral (
		select * from pgbell.inbox i where i.user_id = a.user_id offset 0
	) i on true
	left join lateral (
		select e.seq, e.type::text, e.data, e.unread_count::integer, e.created_at
		from pgbell.event e
		where e.user_id = a.user_id and e.seq > a.seq and (
			select true from pgbell.event n where n.user_id = a.user_id and n.seq = a.seq + 1)
		order by e.seq
		limit lim
	) e on true
	where a.user_id is not null and a.seq <> coalesce(i.seq, 0)
	order by 1, 2;

	-- Apart, for most calls ask about no session, and to prepare the question costs as much again.
	if sessions <> '{}' then
		return query
		select null, null::bigint, 'session_ended',
			jsonb_build_object('session_id', s.session_id, 'reason', s.reason)::text,
			null::integer, now()
		from pgbell.ended_sessions(sessions) s
		union all
		select null, null, 'session_renewed',
			jsonb_build_object('session_id', s.session_id, 'expires_at_us', case
				when s.expires_at between '1970-01-01' and '9999-12-31'
					then (extract(epoch from s.expires_at) * 1000000)::bigint
			end)::text, null, now()
		from pgbell.renewed_sessions(sessions, expiries) s
		where expiries is not null;
	end if;
end;
$$;
