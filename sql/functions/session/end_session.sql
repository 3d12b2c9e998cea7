-- Function: pgbell.end_session(1)
--   Signs out: ends the caller's session, and its streams.  It is no error where the session has ended
--   before, or never was.
-- Parameters: token
-- Returns: null
-- Errors: PB503; PB409 where a trigger or a rule of the application's keeps the session
-- Tables: writes pgbell.session, which rings; see triggers/session.sql
-- Callers: the owner, pgbell-api; may be granted to an application that began it (pgbell.create_session(2))
-- The row stays until it is trimmed, so that streams can give the reason in session_ended.

create or replace function pgbell.end_session(token text)
returns jsonb language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	caller record;
begin
	select i.user_id, i.session_id into caller
	from pgbell.identify(token) i;
	if not found then
		return null;
	end if;
	perform pgbell.take_turn(caller.user_id);
	update pgbell.session s
	set ended_at = now(), end_reason = 'signed_out'
	where s.id = caller.session_id and num_nulls(s.ended_at) = 1;
	if exists (
		select from pgbell.session s
		where s.id = caller.session_id and num_nulls(s.ended_at) = 1 and s.expires_at > now())
	then
		raise exception 'This session is kept: it cannot be ended.' using errcode = 'PB409';
	end if;
	return null;
end;
$$;
