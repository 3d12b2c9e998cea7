-- Function: pgbell.delete_notification(2)
--   Deletes one of the caller's notifications.
-- Parameters: token
--             id, the notification's
-- Returns: {"user_id", "unread_count", "seq"} as they are now
-- Errors: PB401, PB503; PB404 when it is not the caller's
-- Tables: deletes from pgbell.notification; see pgbell.number_pending(0)

create or replace function pgbell.delete_notification(token text, id bigint)
returns jsonb language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	caller text := (pgbell.require_turn(token)).user_id;
begin
	delete from pgbell.notification n where n.id = $2 and n.user_id is not distinct from caller;
	if found then
		perform pgbell.number_pending();
	else
		perform pgbell.require_notification(caller, id);
	end if;
	return pgbell.describe_inbox(caller);
end;
$$;
