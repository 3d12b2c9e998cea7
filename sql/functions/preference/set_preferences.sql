-- Function: pgbell.set_preferences(4)
--   Mutes a kind, a subject or both for the caller, or takes that back.
-- Parameters: token
--             kind, subject, muted   as pgbell.mute(4) has them
-- Returns: as pgbell.describe_preferences(1), as they are now
-- Errors: PB401, PB503; PB409, PB422 as pgbell.mute(4)
-- Tables: see pgbell.mute(4)

create or replace function pgbell.set_preferences(token text, kind text, subject text, muted boolean)
returns jsonb language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	caller text := (pgbell.require_turn(token)).user_id;
begin
	perform pgbell.mute(caller, kind, subject, muted);
	return pgbell.describe_preferences(caller);
end;
$$;
