-- Function: pgbell.run_task(1)
--   Delivers one notification that was put off, or brings one back that was snoozed, at the place and as
--   read as the task says.
-- Parameters: task, a row that has been taken from pgbell.due
-- Returns: nothing
-- Errors: those that a trigger of the application raises; PB409 where one, or an index of the application's, keeps a
--   snoozed one away
-- Callers: pgbell.run_tasks(1), pgbell.unsnooze(2)
-- Tables: reads pgbell.due; writes pgbell.notification; see pgbell.notify(7), pgbell.snoozed_notification(1)
-- What is snoozed is the person's already: it comes back also where its kind was muted since, which
--   pgbell.leave_muted_out(0) sees by its place.
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.run_task(task pgbell.due)
returns void language plpgsql volatile
as $$
declare
	key text;
begin
	if task.task = 'deliver' then
		perform pgbell.notify(task.user_id, task.kind, task.data, task.subject, task.key,
			expires_at => task.expires_at);
		return;
	end if;
	if exists (
		select from pgbell.due d
		where d.notification_id = task.notification_id and d.task is not distinct from 'expire' and d.at <= clock_timestamp())
	then
		return; -- another process may be about to delete it
	end if;
	-- With its key, unless another has that by now; once more, should what was in the way be gone.
	task.place := coalesce(task.place, task.notification_id);
	foreach key in array array[task.key, null, null] loop
		task.key := key;
		-- Columns by their names: one that the application has added has its default.
		insert into pgbell.notification (id, user_id, kind, data, subject, created_at, read_at, key, count, actors, place)
		overriding system value
		select n.id, n.user_id, n.kind, n.data, n.subject, n.created_at, n.read_at, n.key, n.count, n.actors, n.place
		from pgbell.snoozed_notification(task) n
		on conflict do nothing;
		if found then
			return;
		end if;
	end loop;
	if not pgbell.is_there(task.notification_id, task.user_id) then
		raise exception 'This notification is kept away: it cannot come back.' using errcode = 'PB409';
	end if;
end;
$$;
