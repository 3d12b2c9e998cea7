-- Function: pgbell.mark_read(2)
--   Marks one of the caller's notifications as read.  A second call changes nothing and is
--   no event.
-- Parameters: token
--             id, the notification's
-- Returns: {"user_id", "unread_count", "seq"} as they are now
-- Errors: PB401, PB503; as pgbell.mark_one(3)
-- Tables: writes pgbell.notification; see pgbell.mark_one(3)

create or replace function pgbell.mark_read(token text, id bigint)
returns jsonb language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
begin
	return pgbell.mark_one((pgbell.require_turn(token)).user_id, id, true);
end;
$$;
