-- Function: pgbell.run_due(1)
--   Does what is due: delivers what was put off, brings back what was snoozed, deletes what has expired,
--   announcements too.  Each is done once, also where several processes call it at the same time.
-- Parameters: lim   at most so many, and of an announcement from so many people; call it again while it
--             returns 0
-- Returns: in how many milliseconds something is due next, 0 for now; null where nothing is
-- Errors: none because of one: what a trigger of the application's raises is a warning, and that one is tried
--   again in a minute; see pgbell.is_of_all(1)
-- Tables: reads and deletes from pgbell.due; writes pgbell.notification; see pgbell.expire(1),
--   pgbell.end_announcements(1)
-- Callers: the owner, and pgbell-stream, which calls it by itself: when it knows that something is due, and
--   every ten seconds; what is put off by less than ten seconds rings for it, see pgbell.ring_due(0)
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
	over_in_ms bigint;
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
			if task.task = 'return' then
				-- At the top, and unread.
				task.place := nextval(pg_get_serial_sequence('pgbell.notification', 'id'));
				task.read_at := null;
			end if;
			perform pgbell.run_task(task);
		exception when others or assert_failure then -- others leaves assertions out
			if pgbell.is_of_all(sqlstate) then
				raise;
			end if;
			raise warning 'pgbell.run_due: % (%); tried again in a minute', sqlerrm, sqlstate;
			insert into pgbell.due overriding system value select (task).*;
			update pgbell.due d set at = clock_timestamp() + interval '1 minute' where d.id = task.id;
		end;
	end loop;
	if expired <> '{}' then
		perform pgbell.expire(expired);
	end if;
	over_in_ms := pgbell.end_announcements(lim);
	select d.at into next from pgbell.due d order by d.at, d.id limit 1;
	return least(over_in_ms,
		greatest(case when next is not null then 0 end,
			ceil(extract(epoch from next - clock_timestamp()) * 1000))::bigint);
end;
$$;
