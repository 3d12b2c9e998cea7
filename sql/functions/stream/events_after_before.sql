-- Function: pgbell.events_after(5)
--   What programs of an older release ask: pgbell.events_after(4) and pgbell.changed_sessions(2) in one.
--   It goes with the next release; see grants.sql.
-- Parameters: see there; null in place of expiries: do not look for renewed sessions
-- Returns: rows of events and resets, and rows without user_id and seq: session_ended, data
--   {"session_id", "reason"}; session_renewed, data {"session_id", "expires_at_us"}, microseconds
--   since 1970, or null for never and for a time so far away that bigint could not count to it
-- Errors: none
-- Form: without defaults, so that a call with fewer arguments means the newer one.

create or replace function pgbell.events_after(users text[], seqs bigint[], sessions text[], lim integer,
	expiries timestamptz[])
returns table (user_id text, seq bigint, type text, data text, unread_count integer,
	created_at timestamptz)
language sql stable security definer
set search_path = pgbell, pg_temp
as $$
	select address, seq, type, data, unread_count, created_at
	from pgbell.events_after(users, seqs, lim)
	union all
	select null, null, 'session_ended',
		jsonb_build_object('session_id', s.session_id, 'reason', s.reason)::text, null, now()
	from pgbell.changed_sessions(sessions, expiries) s
	where s.reason is not null
	union all
	select null, null, 'session_renewed',
		jsonb_build_object('session_id', s.session_id, 'expires_at_us', case
			when s.expires_at between '1970-01-01' and '9999-12-31'
				then (extract(epoch from s.expires_at) * 1000000)::bigint
		end)::text, null, now()
	from pgbell.changed_sessions(sessions, expiries) s
	where s.reason is null and expiries is not null
$$;
