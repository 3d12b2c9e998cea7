-- Function: pgbell.expire(1)
--   Deletes notifications whose time is over.
-- Parameters: ids, of notifications; there may be none any more, or they are snoozed and then stay away
-- Returns: nothing
-- Errors: those that a trigger or a constraint of the application's raises
-- Tables: deletes from pgbell.notification, pgbell.due
-- Callers: pgbell.run_tasks(1)
-- Locks: rows of pgbell.notification in the order of their ids, then of pgbell.due.
-- One that is being snoozed or is coming back is in the other table a moment later: so it goes on until one
-- look at both finds none.
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.expire(ids bigint[])
returns void language plpgsql volatile
as $$
declare
	found_rows bigint;
	deleted_rows bigint;
begin
	while exists (select from pgbell.notification n where n.id = any (ids))
		or exists (select from pgbell.due d where d.notification_id = any (ids))
	loop
		perform from pgbell.notification n where n.id = any (ids) order by n.id for update;
		get diagnostics found_rows = row_count;
		delete from pgbell.notification n where n.id = any (ids);
		get diagnostics deleted_rows = row_count;
		delete from pgbell.due d where d.notification_id = any (ids);
		exit when deleted_rows < found_rows; -- a trigger of the application's keeps one
	end loop;
end;
$$;
