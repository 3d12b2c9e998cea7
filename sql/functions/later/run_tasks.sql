-- Function: pgbell.run_tasks(1)
--   Does what is due, and numbers it.  One that fails is tried again in a minute, and holds up no other.
-- Parameters: tasks, rows that have been taken from pgbell.due, those that expire last: what expires and is
--             back at the same moment goes
-- Returns: nothing
-- Errors: none because of one task: what a trigger or a constraint of the application's raises, also a
--   deferred one, is a warning; see pgbell.concerns_all(1)
-- Tables: writes pgbell.due; see pgbell.run_task(1), pgbell.expire(1), pgbell.number_pending(0)
-- Callers: pgbell.run_due(1), pgbell.end_announcements(1)
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.run_tasks(tasks pgbell.due[])
returns void language plpgsql volatile
as $$
declare
	due pgbell.due;
begin
	foreach due in array coalesce(tasks, '{}') loop
		if due.task = 'return' then
			-- At the top, and unread.
			due.place := nextval(pg_get_serial_sequence('pgbell.notification', 'id'));
			due.read_at := null;
		end if;
		if due.task <> 'expire' then
			perform pgbell.run_task(due);
		end if;
	end loop;
	perform pgbell.expire(array(
		select t.notification_id from unnest(tasks) t where t.task = 'expire'));
	perform pgbell.number_pending();
	set constraints all immediate; -- what is raised at the commit is raised here
exception when others or assert_failure then -- others leaves assertions out
	if pgbell.concerns_all(sqlstate) then
		raise;
	elsif cardinality(tasks) > 1 then
		foreach due in array tasks loop
			perform pgbell.run_tasks(array[due]);
		end loop;
		return;
	end if;
	raise warning 'pgbell.run_tasks: % (%); tried again in a minute', sqlerrm, sqlstate;
	due := tasks[1];
	due.at := clock_timestamp() + interval '1 minute';
	due.id := coalesce(due.id, nextval(pg_get_serial_sequence('pgbell.due', 'id')));
	insert into pgbell.due overriding system value
	select (due).*
	on conflict (notification_id, task) where notification_id is not null do update set at = excluded.at;
end;
$$;
