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
	return query
	with behind as materialized (
		select a.user_id, a.seq as after, coalesce(i.seq, 0) as seq,
			coalesce(i.unread_count, 0) as unread_count,
			pgbell.reset_reason(a.seq, coalesce(i.seq, 0), (
				select true from pgbell.event e where e.user_id = a.user_id and e.seq = a.seq + 1
			)) as reset
		from unnest(users, seqs) as a (user_id, seq)
		left join lateral (
			select * from pgbell.inbox i where i.user_id = a.user_id offset 0
		) i on true
		where a.user_id is not null and a.seq <> coalesce(i.seq, 0)
	)
	select b.user_id, e.seq, e.type::text,
		(e.data || jsonb_build_object('unread_count', e.unread_count))::text,
		e.unread_count::integer, e.created_at
	from behind b
	cross join lateral (
		select *
		from pgbell.event e
		where e.user_id = b.user_id and e.seq > b.after
		order by e.seq
		limit lim
	) e
	where b.reset is null
	union all
	select b.user_id, b.seq, 'reset',
		jsonb_build_object('reason', b.reset, 'seq', b.seq, 'unread_count', b.unread_count)::text,
		b.unread_count, now()
	from behind b
	where b.reset is not null
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
