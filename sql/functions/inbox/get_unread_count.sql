-- Function: pgbell.get_unread_count(1)
--   The caller's badge.
-- Parameters: token
-- Returns: {"user_id", "unread_count", "seq"}
-- Errors: PB401
-- Tables: reads pgbell.inbox

create or replace function pgbell.get_unread_count(token text)
returns jsonb language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
begin
	return pgbell.describe_inbox((pgbell.require_session(token)).user_id);
end;
$$;
