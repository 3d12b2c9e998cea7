-- Function: pgbell.run_tasks(1)
--   Does what is due, and numbers it.  One that fails is tried again in a minute, and holds up no other; nor does one
--   that waits for a lock of another transaction's.
-- Parameters: tasks, rows that have been taken from pgbell.due, those that expire last: what expires and is
--             back at the same moment goes
-- Returns: nothing
-- Errors: none because of one task: what a trigger or a constraint of the application's raises, also a
--   deferred one, is a warning; see pgbell.concerns_all(1)
-- Tables: writes pgbell.due; see pgbell.run_task(1), pgbell.expire(1), pgbell.number_pending(0)
-- Callers: pgbell.run_due(1), pgbell.end_announcements(1)
-- Locks: it waits for as long as lock_timeout, once; from then on what is locked is put off.
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.run_tasks(tasks pgbell.due[])
returns void language plpgsql volatile
as $$
declare
	due pgbell.due;
	is_busy boolean;
	patience text;
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
	is_busy := sqlstate in ('55P03', '40P01');
	if not is_busy and pgbell.concerns_all(sqlstate) then
		raise;
	elsif cardinality(tasks) > 1 then
		patience := current_setting('lock_timeout');
		if is_busy then
			perform set_config('lock_timeout', '1ms', true);
			tasks := pgbell.put_off_busy(tasks);
		end if;
		foreach due in array coalesce(tasks, '{}') loop
			perform pgbell.run_tasks(array[due]);
		end loop;
		perform set_config('lock_timeout', patience, true);
		return;
	end if;
	if not is_busy then
		raise warning 'pgbell.run_tasks: % (%); tried again in a minute', sqlerrm, sqlstate;
	end if;
	perform pgbell.put_back(tasks[1], case when is_busy then interval '1 second' else interval '1 minute' end);
end;
$$;
