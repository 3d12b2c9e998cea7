-- Function: pgbell.put_off_busy(1)
--   Puts off by a second what would wait for other transactions, which may go on for long: they have locked a
--   person's inbox, or a notification that is to be deleted.
-- Parameters: tasks, rows that have been taken from pgbell.due
-- Returns: the others
-- Errors: none
-- Tables: locks rows of pgbell.inbox and pgbell.notification, without waiting; writes pgbell.due
-- Callers: pgbell.run_tasks(1), where it has met such a lock
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.put_off_busy(tasks pgbell.due[])
returns pgbell.due[] language plpgsql volatile
as $$
declare
	people text[] := array(
		select i.address
		from pgbell.inbox i
		where i.address = any (array(select t.user_id from unnest(tasks) t))
		order by i.address
		for no key update skip locked);
	ids bigint[] := array(
		select n.id
		from pgbell.notification n
		where n.id = any (array(select t.notification_id from unnest(tasks) t where t.task = 'expire'))
		order by n.id
		for update skip locked);
	task pgbell.due;
	free pgbell.due[];
begin
	foreach task in array tasks loop
		if task.user_id <> all (people) and exists (select from pgbell.inbox i where i.address = task.user_id)
		or task.task = 'expire' and task.notification_id <> all (ids) and pgbell.is_there(task.notification_id, task.user_id)
		then
			perform pgbell.put_back(task, interval '1 second');
		else
			free := free || task;
		end if;
	end loop;
	return free;
end;
$$;
