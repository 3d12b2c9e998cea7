-- Function: pgbell.authenticate(1)
--   Finds the session of a token.
-- Parameters: token   "sha256:" and the token's hash, which pgbell.hash_token(1) understands; with
--                     PGBELL_TOKENS=whole the token itself
-- Returns: one row (user_id, session_id, expires_at), or none when the token is refused.  A user_id that begins
--   with a space or a control character is none
-- Errors: none
-- Tables: reads pgbell.session
-- Callers: pgbell.identify(1), which tells what becomes of an error
-- Replaceable: an application with sessions of its own replaces this function and
-- pgbell.ended_sessions(1) by functions with the same signature, and pgbell.renewed_sessions(2) too if
-- its sessions can be prolonged; and it calls pgbell.ring(1) for the user when it ends a session.
-- install.sql does not change a replaced function.
-- Plan: by the hash, whatever statistics say: of an emptied table the index of sessions that have not ended
-- seems as good where `ended_at is null` is asked for, and then all of them are read.
-- Form: runs as its caller, one of pgbell's own functions, which has pinned the search_path: to pin it once more would
-- take a tenth of the time of a short request.

create or replace function pgbell.authenticate(token text)
returns table (user_id text, session_id text, expires_at timestamptz)
language plpgsql stable
as $$
begin
	return query
	select s.user_id::text, s.id::text, s.expires_at
	from pgbell.session s
	where s.token_hash = pgbell.hash_token(token) and num_nulls(s.ended_at) = 1 and s.expires_at > now();
end;
$$;
