-- Function: pgbell.create_session(2)
--   Starts a session for a person whom the application has authenticated, as by a password.
-- Parameters: user_id
--             lifetime, 30 days by default
-- Returns: token, which is not stored (only its hash is); session_id; expires_at
-- Errors: 23514 when user_id cannot be a person's id; 27000 where a trigger or a rule of the application's keeps the
--   session from being written
-- Tables: writes pgbell.session
-- Callers: the owner, the application's own sign-in function; never a client

create or replace function pgbell.create_session(user_id text, lifetime interval default '30 days',
	out token text, out session_id text, out expires_at timestamptz)
language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
begin
	token := pgbell.random_token();
	insert into pgbell.session as s (token_hash, user_id, expires_at, lifetime)
	values (pgbell.hash_token(token), create_session.user_id, now() + $2, $2)
	returning s.id, s.expires_at into session_id, create_session.expires_at;
	if session_id is null then
		raise exception 'this session is kept from being begun'
			using errcode = 'triggered_data_change_violation',
			hint = 'A row of pgbell.session is inserted where each trigger before that returns new.';
	end if;
end;
$$;
