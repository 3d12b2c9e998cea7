-- Function: pgbell.take_turn(1)
--   Has the caller's changes made one after the other: whoever changes something of a person first
--   takes that person's turn, until the transaction ends.
-- Parameters: user_id
-- Returns: nothing
-- Errors: PB503 when the one whose turn it is waits for somebody else's lock, and goes on to, or has
--   had it for as long as lock_timeout
-- Tables: none; looks at pg_locks where the turn is taken
-- So of all requests of one person at most one waits, however often she clicks, and the other
-- workers are there for others.  Those that merely follow one another are let in as they come: a turn
-- takes milliseconds.  Anybody who may connect can take such a lock: one of another role is no turn.

create or replace function pgbell.take_turn(user_id text)
returns void language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	-- Two halves of a key, of which pg_locks knows classid and objid.
	ours constant integer := hashtext('pgbell.take_turn');
	hers constant integer := hashtext($1);
	patience_ms constant integer := extract(epoch from current_setting('lock_timeout')::interval) * 1000;
	-- A commit that one waits for takes less.
	soon constant timestamptz := clock_timestamp() + interval '0.2 seconds';
	until constant timestamptz := clock_timestamp()
		+ make_interval(secs => case when patience_ms > 0 then patience_ms else 10000 end / 1000.0);
begin
	while not pg_try_advisory_xact_lock(ours, hers) loop
		if clock_timestamp() >= until or clock_timestamp() >= soon and exists (
			select from pg_locks h
			join pg_locks w on w.pid = h.pid and not w.granted
			where h.locktype = 'advisory' and h.granted and h.objsubid = 2
				and h.database = (select d.oid from pg_database d where d.datname = current_database())
				and h.classid = ours::oid and h.objid = hers::oid)
		then
			raise exception 'A change of yours waits for somebody else. Try again in a moment.'
				using errcode = 'PB503';
		end if;
		exit when exists (
			select from pg_locks h
			join pg_stat_activity a on a.pid = h.pid
			where h.locktype = 'advisory' and h.granted and h.objsubid = 2 and a.usename <> session_user
				and h.database = (select d.oid from pg_database d where d.datname = current_database())
				and h.classid = ours::oid and h.objid = hers::oid);
		perform pg_sleep(0.002);
	end loop;
end;
$$;
