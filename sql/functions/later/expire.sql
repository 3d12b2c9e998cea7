-- Function: pgbell.expire(1)
--   Deletes notifications whose time is over.
-- Parameters: ids, of notifications; there may be none any more, or they are snoozed and then stay away
-- Returns: nothing
-- Errors: those that a trigger or a constraint of the application's raises.  What one keeps without an error
--   stays, and a warning names it
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
	locked bigint[];
	kept bigint;
begin
	while exists (select from pgbell.notification n where n.id = any (ids))
		or exists (select from pgbell.due d where d.notification_id = any (ids))
	loop
		locked := array(select n.id from pgbell.notification n where n.id = any (ids) order by n.id for update);
		delete from pgbell.notification n where n.id = any (locked);
		delete from pgbell.due d where d.notification_id = any (ids);
		select count(*) into kept from pgbell.notification n where n.id = any (locked);
		if kept > 0 then
			raise warning 'pgbell.expire: % keeps notifications: %', pgbell.name_keepers('pgbell.notification'), kept;
			exit;
		end if;
	end loop;
end;
$$;
