-- Function: pgbell.require_session(1)
--   The session of a token, or an error: the first line of every function for a signed-in caller.
-- Parameters: token, as pgbell.identify(1) takes it
-- Returns: user_id, session_id, expires_at
-- Errors: PB401 when there is no token, or an unknown, ended or expired one
-- Tables: see pgbell.identify(1)
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.require_session(token text, out user_id text,
	out session_id text, out expires_at timestamptz)
language plpgsql stable
as $$
begin
	select a.user_id, a.session_id, a.expires_at
	into require_session.user_id, require_session.session_id, require_session.expires_at
	from pgbell.identify(token) a;
	if not found then
		raise exception 'Sign in first.' using errcode = 'PB401';
	end if;
end;
$$;
