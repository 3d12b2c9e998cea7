-- Function: pgbell.mark_unread(2)
--   Marks one of the caller's notifications as unread.  Doing so again changes nothing and is no
--   event.
-- Parameters: token
--             id, the notification's
-- Returns: {"user_id", "unread_count", "seq"} as they are now
-- Errors: PB401, PB503; PB404 when it is not the caller's
-- Tables: reads pgbell.inbox, writes pgbell.notification; see pgbell.number_pending(0)
-- One may count as read, and its row not say so yet: pgbell.note_unread(0).

create or replace function pgbell.mark_unread(token text, id bigint)
returns jsonb language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	caller text := (pgbell.require_turn(token)).user_id;
begin
	update pgbell.notification n
	set read_at = null
	where n.id = $2 and n.user_id = caller and (n.read_at is not null or exists (
		select from pgbell.inbox i
		where i.user_id = caller and pgbell.is_covered(n.id, i.read_up_to, i.read_except)));
	if found then
		perform pgbell.number_pending();
	else
		perform pgbell.require_notification(caller, id);
	end if;
	return pgbell.describe_inbox(caller);
end;
$$;
