-- Function: pgbell.authenticate(1)
--   Whose token this is.
-- Parameters: token   as a program tells it: "sha256:" and the hash of what was shown, for
--                     pgbell.hash_token(1); with PGBELL_TOKENS=whole that itself
-- Returns: one row (user_id, session_id, expires_at), or none when the token is refused
-- Errors: none
-- Tables: reads pgbell.session
-- Callers: pgbell.identify(1), which tells what becomes of an error
-- Replaceable: an application with sessions of its own replaces this function and
-- pgbell.ended_sessions(1) by its own of the same signature, and calls pgbell.ring(1) for the user
-- when it ends one of its sessions; pgbell.renewed_sessions(2) too, if its sessions are prolonged.
-- install.sql leaves a replaced function alone.

create or replace function pgbell.authenticate(token text)
returns table (user_id text, session_id text, expires_at timestamptz)
language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
begin
	return query
	select s.user_id::text, s.id::text, s.expires_at
	from pgbell.session s
	where s.token_hash = pgbell.hash_token(token) and s.ended_at is null and s.expires_at > now();
end;
$$;
