-- Function: pgbell.open_streams(3)
--   What programs of an older release ask: pgbell.open_streams(4) of streams that follow no topic.  It goes
--   with the next release; see grants.sql.
-- Parameters, returns: see there
-- Errors: none

create or replace function pgbell.open_streams(tokens text[], tickets text[], afters bigint[])
returns table (ord integer, user_id text, session_id text, expires_at timestamptz,
	is_operator boolean, seq bigint, unread_count integer, reset text)
language sql volatile security definer
set search_path = pgbell, pg_temp
as $$
	select ord, user_id, session_id, expires_at, is_operator, seq, unread_count, reset
	from pgbell.open_streams(tokens, tickets, afters, null)
$$;
