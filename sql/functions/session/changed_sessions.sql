-- Function: pgbell.changed_sessions(2)
--   What has become of sessions that have streams: which have ended, which end at another time.
-- Parameters: sessions   ids as pgbell.authenticate(1) returned them
--             expiries   of the same length: the time that is known of each, null for never
-- Returns: a row (session_id, reason, expires_at) for each that has changed: with a reason, signed_out,
--   expired or revoked, when it is over; without one when it was renewed, and expires_at is its end
-- Errors: none
-- Tables: see pgbell.ended_sessions(1), pgbell.renewed_sessions(2)

create or replace function pgbell.changed_sessions(sessions text[], expiries timestamptz[])
returns table (session_id text, reason text, expires_at timestamptz)
language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
begin
	return query
	-- An application's function that gives no reason means that they are over all the same.
	select e.session_id, coalesce(e.reason, 'revoked'), null::timestamptz
	from pgbell.ended_sessions(sessions) e
	union all
	select r.session_id, null, r.expires_at
	from pgbell.renewed_sessions(sessions, expiries) r;
end;
$$;
