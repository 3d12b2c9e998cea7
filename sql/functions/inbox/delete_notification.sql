-- Function: pgbell.delete_notification(2)
--   Deletes one of the caller's notifications.
-- Parameters: token
--             id, the notification's
-- Returns: {"user_id", "unread_count", "seq"} as they are now
-- Errors: PB401, PB503; PB404 when it is not the caller's; PB409 where a trigger of the application's keeps it
-- Tables: see pgbell.delete_one(2)

create or replace function pgbell.delete_notification(token text, id bigint)
returns jsonb language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
begin
	return pgbell.delete_one((pgbell.require_turn(token)).user_id, id);
end;
$$;
