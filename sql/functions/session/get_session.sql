-- Function: pgbell.get_session(1)
--   Who is signed in, where the example application, which knows more of a person, is left out.
-- Parameters: token
-- Returns: {"user": {"id"}, "expires_at"}; expires_at is null for a session without end
-- Errors: PB401
-- Tables: see pgbell.identify(1)

create or replace function pgbell.get_session(token text)
returns jsonb language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
declare
	caller record := pgbell.require_session(token);
begin
	return jsonb_build_object('expires_at', pgbell.format_end(caller.expires_at),
		'user', jsonb_build_object('id', caller.user_id));
end;
$$;
