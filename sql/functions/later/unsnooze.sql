-- Function: pgbell.unsnooze(2)
--   Has one back that the caller has snoozed: where it was, and read or unread as it was.
-- Parameters: token
--             id   the notification's
-- Returns: {"user_id", "unread_count", "seq"} as they are now
-- Errors: PB401, PB503; PB404 where the caller has not snoozed such a one, or it is back already; PB409 as
--   pgbell.run_task(1)
-- Tables: deletes from pgbell.due; writes pgbell.notification; see pgbell.run_task(1)
-- It is told as new, under its id.

create or replace function pgbell.unsnooze(token text, id bigint)
returns jsonb language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	caller text := (pgbell.require_turn(token)).user_id;
	task pgbell.due;
begin
	delete from pgbell.due d
	where d.notification_id = $2 and d.task is not distinct from 'return' and d.user_id is not distinct from caller
	returning d.* into task;
	if task.id is null then
		raise exception 'You have snoozed no such notification.' using errcode = 'PB404';
	end if;
	perform pgbell.run_task(task);
	perform pgbell.number_pending();
	return pgbell.describe_inbox(caller);
end;
$$;
