-- Function: pgbell.end_session(1)
--   Signs out: ends the caller's session, and with it its streams.
-- Parameters: token
-- Returns: null
-- Errors: PB401
-- Tables: writes pgbell.session, which rings; see triggers/session.sql
-- The row stays until it is trimmed, so that the streams can be told the reason.

create or replace function pgbell.end_session(token text)
returns jsonb language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	caller record := pgbell.require_session(token);
begin
	update pgbell.session s
	set ended_at = now(), end_reason = 'signed_out'
	where s.id = caller.session_id and s.ended_at is null;
	return null;
end;
$$;
