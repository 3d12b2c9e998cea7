-- Function: pgbell.delete_one(2)
--   Deletes one of a person's notifications.
-- Parameters: person   whose turn has been taken
--             id       the notification's
-- Returns: {"user_id", "unread_count", "seq"} as they are now
-- Errors: PB404 when it is not the person's; PB409 where a trigger of the application's keeps it
-- Tables: deletes from pgbell.notification; see pgbell.number_pending(0)
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.delete_one(person text, id bigint)
returns jsonb language plpgsql volatile
as $$
begin
	for attempt in 1 .. 2 loop -- it may have come back from a snooze just then
		delete from pgbell.notification n where n.id = $2 and n.user_id is not distinct from person;
		if found then
			perform pgbell.number_pending();
			return pgbell.describe_inbox(person);
		end if;
		perform pgbell.require_notification(person, id);
	end loop;
	raise exception 'This notification is kept: it cannot be removed.' using errcode = 'PB409';
end;
$$;
