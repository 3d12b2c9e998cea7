-- Function: pgbell.expire(1)
--   Deletes notifications whose time is over.
-- Parameters: ids, of notifications; there may be none any more, or they are snoozed and then stay away
-- Returns: nothing
-- Errors: those that a trigger or a constraint of the application's raises
-- Tables: deletes from pgbell.notification, pgbell.due
-- Callers: pgbell.run_tasks(1)
-- Locks: rows of pgbell.notification in the order of their ids.
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.expire(ids bigint[])
returns void language plpgsql volatile
as $$
begin
	if ids = '{}' then
		return;
	end if;
	perform from pgbell.notification n where n.id = any (ids) order by n.id for update;
	delete from pgbell.notification n where n.id = any (ids);
	delete from pgbell.due d where d.notification_id = any (ids);
end;
$$;
