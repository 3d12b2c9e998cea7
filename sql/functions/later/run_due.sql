-- Function: pgbell.run_due(1)
--   Does what is due: delivers what was put off, brings back what was snoozed, deletes what has expired.
--   Each is done once, also where several processes call it at the same time.
-- Parameters: lim   at most so many; call it again while it returns 0
-- Returns: in how many milliseconds something is due next, 0 for now; null where nothing is
-- Errors: none
-- Tables: reads and deletes from pgbell.due; writes pgbell.notification
-- Callers: the owner, and pgbell-stream, which calls it by itself: when it knows that something is due, and
--   every ten seconds.  So what was put off by less than ten seconds may come up to ten seconds late
-- Locks: rows of pgbell.notification in the order of their ids; it skips what another call is doing.

create or replace function pgbell.run_due(lim integer default 250)
returns bigint language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
	task pgbell.due;
	expired bigint[] := '{}';
	next timestamptz;
begin
	for task in
		delete from pgbell.due d
		where d.id in (
			select o.id from pgbell.due o
			where o.at <= clock_timestamp()
			order by o.at, o.id
			limit lim
			for update skip locked)
		returning d.*
	loop
		if task.task = 'expire' then
			expired := expired || task.notification_id;
			continue;
		end if;
		begin
			perform pgbell.run_task(task);
		exception when others then
			-- A trigger of the application's, perhaps: that must not hold up the others, nor lose this one.
			if left(sqlstate, 2) not in ('22', '23', 'P0') then
				raise;
			end if;
			raise warning 'pgbell.run_due: % (%); tried again in a minute', sqlerrm, sqlstate;
			insert into pgbell.due overriding system value select (task).*;
			update pgbell.due d set at = clock_timestamp() + interval '1 minute' where d.id = task.id;
		end;
	end loop;
	perform from pgbell.notification n where n.id = any (expired) order by n.id for update;
	delete from pgbell.notification n where n.id = any (expired);
	select d.at into next from pgbell.due d order by d.at, d.id limit 1;
	return case when next is not null
		then greatest(0, ceil(extract(epoch from next - clock_timestamp()) * 1000))::bigint end;
end;
$$;
