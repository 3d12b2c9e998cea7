-- Function: pgbell.require_session(1)
--   The session of a token, or an error: the first line of every function for a signed-in caller.
-- Parameters: token, as pgbell.identify(1) takes it
-- Returns: user_id, session_id, expires_at
-- Errors: PB401 when there is no token, or an unknown, ended or expired one.  What pgbell.authenticate(1)
--   raises for one token that is told by its hash: see pgbell.knows_token(1)
-- Tables: see pgbell.identify(1)
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).
-- One token told by its hash is what nearly every request shows.  To call for it in a block that catches
-- errors would take a fifth of the time of a short request; and no message can name a secret that is not
-- there.  Others are looked at by pgbell.identify(1), in such a block.

create or replace function pgbell.require_session(token text, out user_id text,
	out session_id text, out expires_at timestamptz)
language plpgsql stable
as $$
begin
	if length(token) = 71 and starts_with(token, 'sha256:') then
		select a.user_id, a.session_id, a.expires_at
		into require_session.user_id, require_session.session_id, require_session.expires_at
		from pgbell.authenticate(token) a;
	else
		select a.user_id, a.session_id, a.expires_at
		into require_session.user_id, require_session.session_id, require_session.expires_at
		from pgbell.identify(token) a;
	end if;
	if (ascii(user_id) > 32) is not true then -- as pgbell.identify(1)
		raise exception 'Sign in first.' using errcode = 'PB401';
	end if;
end;
$$;
