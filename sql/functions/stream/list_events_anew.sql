-- Function: pgbell.list_events_anew(3)
--   Asks pgbell.list_events(3) again, which has just had its caller take what was announced; see
--   pgbell.ask_anew(7).
-- Parameters: as there
-- Returns: as there
-- Errors: as there
-- Tables: none

create or replace function pgbell.list_events_anew(token text, after bigint, lim integer)
returns jsonb language plpgsql volatile
as $$
begin
	return pgbell.list_events(token, after, lim);
end;
$$;
