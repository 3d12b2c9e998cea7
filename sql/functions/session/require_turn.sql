-- Function: pgbell.require_turn(1)
--   As pgbell.require_session(1), for a caller who is going to change something: takes the person's
--   turn too.
-- Parameters, returns: as pgbell.require_session(1)
-- Errors: PB401; PB503 as pgbell.take_turn(1)
-- Form: as pgbell.require_session(1)

create or replace function pgbell.require_turn(token text, out user_id text,
	out session_id text, out expires_at timestamptz)
language plpgsql volatile
as $$
declare
	session record := pgbell.require_session(token);
begin
	user_id := session.user_id;
	session_id := session.session_id;
	expires_at := session.expires_at;
	perform pgbell.take_turn(user_id);
end;
$$;
