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
begin
	select s.user_id, s.session_id, s.expires_at
	into require_turn.user_id, require_turn.session_id, require_turn.expires_at
	from pgbell.require_session(token) s;
	perform pgbell.take_turn(user_id);
end;
$$;
