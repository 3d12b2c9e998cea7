-- Function: qa.get_session(1)
--   Who is signed in.
-- Parameters: token
-- Returns: {"user": {"id", "username"}, "expires_at"}
-- Errors: PB401
-- Tables: reads qa.account

create or replace function qa.get_session(token text)
returns jsonb language plpgsql stable security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	session record := pgbell.require_session(token);
	caller qa.account := qa.require_account(token);
begin
	return jsonb_build_object('expires_at', pgbell.format_end(session.expires_at),
		'user', jsonb_build_object('id', caller.id, 'username', caller.username));
end;
$$;
