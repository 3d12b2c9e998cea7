-- Function: pgbell.renewed_sessions(2)
--   Which of these sessions end at another time than was known.
-- Parameters: sessions   ids as pgbell.authenticate(1) returned them
--             expiries   of the same length: the time that is known of each, null for never
-- Returns: a row (session_id, expires_at) for each that has another time now
-- Errors: none
-- Tables: reads pgbell.session
-- Replaceable, together with pgbell.authenticate(1); see there.
-- Plan: one look into the index for each, whatever statistics say; see pgbell.events_after(4).

create or replace function pgbell.renewed_sessions(sessions text[], expiries timestamptz[])
returns table (session_id text, expires_at timestamptz)
language plpgsql stable security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
	return query
	select a.id, s.expires_at
	from unnest(sessions, expiries) as a (id, expires_at)
	cross join lateral (
		select * from pgbell.session s where s.id = a.id offset 0
	) s
	where s.ended_at is null and s.expires_at is distinct from a.expires_at;
end;
$$;
