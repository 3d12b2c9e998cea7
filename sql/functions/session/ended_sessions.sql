-- Function: pgbell.ended_sessions(1)
--   Which of these sessions are no longer valid.
-- Parameters: sessions, ids as pgbell.authenticate(1) returned them
-- Returns: a row (session_id, reason) for each that is not: signed_out, expired or revoked
-- Errors: none
-- Tables: reads pgbell.session
-- Replaceable, together with pgbell.authenticate(1); see there.
-- Plan: one look into the index for each, whatever statistics say; see pgbell.events_after(4).

create or replace function pgbell.ended_sessions(sessions text[])
returns table (session_id text, reason text)
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
	select a.id, case
			when s.id is null then 'revoked'
			else coalesce(s.end_reason, 'expired')
		end
	from unnest(sessions) as a (id)
	left join lateral (
		select * from pgbell.session s where s.id = a.id offset 0
	) s on true
	where s.id is null or s.ended_at is not null or s.expires_at <= now();
end;
$$;
