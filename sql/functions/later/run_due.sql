-- Function: pgbell.run_due(1)
--   Does what is due: delivers what was put off, brings back what was snoozed, deletes what has expired,
--   announcements too.  Each is done once, also where several processes call it at the same time.
-- Parameters: lim   at most so many, and of an announcement from so many people; call it again while it
--             returns 0
-- Returns: in how many milliseconds something is due next, 0 for now; null where nothing is
-- Errors: none because of one, see pgbell.run_tasks(1)
-- Tables: reads and deletes from pgbell.due; see pgbell.run_tasks(1), pgbell.end_announcements(1)
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
	busy_ms constant bigint := 100; -- until another has done what it has in hand
	began constant timestamptz := clock_timestamp();
	tasks pgbell.due[];
	next_at timestamptz;
	announcement_ms bigint;
	due_ms bigint;
begin
	with taken as (
		delete from pgbell.due d
		where d.id = any (array( -- which is asked once, and so keeps its limit
			select o.id from pgbell.due o
			where o.at <= clock_timestamp()
			order by o.at, o.id
			limit lim
			for update skip locked))
		returning d as task
	)
	select array_agg(t.task order by (t.task).task = 'expire', (t.task).user_id, (t.task).at, (t.task).id)
	into tasks
	from taken t;
	if tasks is null then
		announcement_ms := pgbell.end_announcements(lim);
	else
		perform pgbell.run_tasks(tasks);
		select ceil(extract(epoch from min(a.expires_at) - clock_timestamp()) * 1000) into announcement_ms
		from pgbell.announcement a;
	end if;
	select d.at into next_at from pgbell.due d order by d.at, d.id limit 1;
	due_ms := case when tasks is null and next_at <= began then busy_ms
		else ceil(extract(epoch from next_at - clock_timestamp()) * 1000) end;
	due_ms := least(announcement_ms, due_ms);
	return case when due_ms < 0 then 0 else due_ms end;
end;
$$;
