-- Function: pgbell.create_ticket(1)
--   A ticket for one stream of the caller's: single use, 60 seconds.  For pages that can send
--   neither header nor cookie, so that the token itself stays out of addresses and their logs.
-- Parameters: token
-- Returns: {"ticket", "expires_at"}
-- Errors: PB401
-- Tables: writes pgbell.ticket

create or replace function pgbell.create_ticket(token text)
returns jsonb language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	caller record := pgbell.require_session(token);
	ticket text := pgbell.random_token();
	expires_at timestamptz := now() + interval '60 seconds';
begin
	insert into pgbell.ticket (token_hash, user_id, session_id, session_expires_at, expires_at)
	values (pgbell.hash_token(ticket), caller.user_id, caller.session_id, caller.expires_at,
		expires_at);
	return jsonb_build_object('ticket', ticket, 'expires_at', pgbell.format_time(expires_at));
end;
$$;
