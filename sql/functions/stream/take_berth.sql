-- Function: pgbell.take_berth(1)
--   Takes a berth for the caller's database session: from when it has one it is rung for each commit
--   that is numbered later.  What was numbered before has been committed, or is found to be void; the
--   next statement's snapshot sees it.
-- Parameters: patience_ms, how long to wait for writers that are in their commit; 0: not at all
-- Returns: its number; 0 where none is to be had, and others sleep, so that writers ring; null where nobody
--   sleeps and none is to be had all the same
-- Errors, tables: none; looks at pg_locks, pg_stat_activity
-- While one waits, writers find it taken: so the wait is as long as a commit, however many they are.
-- Runs as its caller, who sees the sessions of her role, and pins no isolation: locks know none.

create or replace function pgbell.take_berth(patience_ms integer)
returns integer language plpgsql volatile
set search_path = pgbell, pg_temp
as $$
declare
	berth integer;
begin
	if not exists (
		select from pg_locks l
		where l.locktype = 'advisory' and l.pid = pg_backend_pid()
			and l.classid = pgbell.bell_lock()::oid and l.objid = 6 and l.objsubid = 2) then
		perform pg_try_advisory_lock_shared(pgbell.bell_lock(), 6);
	end if;
	for n in 1 .. 4 loop
		if pg_try_advisory_lock(pgbell.bell_lock(), n) then
			berth := n;
			exit;
		end if;
	end loop;
	if berth is null and patience_ms > 0 then
		perform set_config('lock_timeout', patience_ms::text, true);
		begin
			select n into berth
			from generate_series(1, 4) n
			where not exists (
				select from pg_locks l
				where l.locktype = 'advisory' and l.mode = 'ExclusiveLock'
					and l.classid = pgbell.bell_lock()::oid and l.objid = n::oid and l.objsubid = 2)
			order by random()
			limit 1;
			if berth is not null then
				perform pg_advisory_lock(pgbell.bell_lock(), berth);
			end if;
		exception when lock_not_available then
			berth := null;
		end;
	end if;
	if berth is null then
		for n in 1 .. 4 loop
			if not pg_try_advisory_xact_lock_shared(pgbell.bell_lock(), n) then
				return 0;
			end if;
		end loop;
		return null;
	end if;
	-- Not beside a listener of an older release, which knows of no number 6: it has to be rung.  In a berth
	-- nobody disputes this number, but those who have it for good.
	if not exists (
		select from pg_stat_activity a
		where a.application_name = 'pgbell-stream listener' and a.datname = current_database()
			and not exists (
				select from pg_locks l
				where l.locktype = 'advisory' and l.pid = a.pid
					and l.classid = pgbell.bell_lock()::oid and l.objid = 6 and l.objsubid = 2))
		and not exists (
			select from pg_locks l
			where l.locktype = 'advisory' and l.pid = pg_backend_pid() and l.mode = 'ExclusiveLock'
				and l.classid = pgbell.bell_lock()::oid and l.objid = 5 and l.objsubid = 2) then
		perform pg_try_advisory_lock(pgbell.bell_lock(), 5);
	end if;
	return berth;
end;
$$;
