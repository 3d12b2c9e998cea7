-- Function: pgbell.get_preferences(1)
--   What the caller has muted, and what can be muted.
-- Parameters: token
-- Returns: as pgbell.describe_preferences(1)
-- Errors: PB401
-- Tables: see pgbell.describe_preferences(1)

create or replace function pgbell.get_preferences(token text)
returns jsonb language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
begin
	return pgbell.describe_preferences((pgbell.require_session(token)).user_id);
end;
$$;
