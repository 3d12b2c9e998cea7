-- Function: pgbell.renew_session(1)
--   Prolongs the caller's session by its lifetime from now; its streams go on.
-- Parameters: token
-- Returns: {"expires_at"}, null for a session without end
-- Errors: PB401, PB503; PB404 for a session of the application's own, which the application prolongs
-- Tables: writes pgbell.session
-- Callers: the owner, pgbell-api; may be granted to an application that began it (pgbell.create_session(2))

create or replace function pgbell.renew_session(token text)
returns jsonb language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	caller record := pgbell.require_turn(token);
	renewed timestamptz;
begin
	update pgbell.session s
	set expires_at = greatest(s.expires_at, now() + s.lifetime)
	where s.id = caller.session_id and num_nulls(s.ended_at) = 1
	returning s.expires_at into renewed;
	if not found then
		raise exception 'This session cannot be renewed here.' using errcode = 'PB404';
	end if;
	return jsonb_build_object('expires_at', pgbell.format_end(renewed));
end;
$$;
