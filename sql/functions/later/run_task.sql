-- Function: pgbell.run_task(1)
--   Delivers one notification that was put off, or brings one back that was snoozed, at the place and as
--   read as the task says.
-- Parameters: task, a row that has been taken from pgbell.due
-- Returns: nothing
-- Errors: those that a trigger of the application raises
-- Callers: pgbell.run_due(1), pgbell.unsnooze(2)
-- Tables: writes pgbell.notification; see pgbell.notify(7)
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.run_task(task pgbell.due)
returns void language plpgsql volatile
as $$
begin
	if task.task = 'deliver' then
		perform pgbell.notify(task.user_id, task.kind, task.data, task.subject, task.key,
			expires_at => task.expires_at);
		return;
	end if;
	-- With its key where no other has that by now.
	insert into pgbell.notification (id, user_id, kind, data, subject, created_at, read_at, count, actors,
		place, key)
	overriding system value
	values (task.notification_id, task.user_id, task.kind, task.data, task.subject, task.created_at,
		task.read_at, task.count, task.actors, task.place,
		case when not exists (
			select from pgbell.notification n
			where n.user_id = task.user_id and n.key = task.key and n.read_at is null)
		then task.key end)
	on conflict do nothing;
end;
$$;
