-- Function: pgbell.mark_read(2)
--   Marks one of the caller's notifications as read.  Doing so again changes nothing and is no
--   event.
-- Parameters: token
--             id, the notification's
-- Returns: {"user_id", "unread_count", "seq"} as they are now
-- Errors: PB401, PB503; PB404 when it is not the caller's
-- Tables: writes pgbell.notification; see pgbell.number_pending(0)

create or replace function pgbell.mark_read(token text, id bigint)
returns jsonb language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	caller text := (pgbell.require_turn(token)).user_id;
begin
	update pgbell.notification n
	set read_at = now()
	where n.id = $2 and n.user_id = caller and n.read_at is null;
	if found then
		perform pgbell.number_pending();
	else
		perform pgbell.require_notification(caller, id);
	end if;
	return pgbell.describe_inbox(caller);
end;
$$;
