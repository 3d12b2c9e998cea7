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
-- takes milliseconds.  Anybody who may connect can take such a lock: one of another role is no turn, nor
-- is one of a prepared transaction, which has no pid, and may stay for days.

create or replace function pgbell.take_turn(user_id text)
returns void language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	-- Two halves of a key, of which pg_locks knows classid and objid.
	ours constant integer := hashtext('pgbell.take_turn');
	hers constant integer := hashtext($1);
	patience interval;
	began timestamptz;
	holders integer[];
begin
	if pg_try_advisory_xact_lock(ours, hers) then
		return;
	end if;
	patience := coalesce(nullif(current_setting('lock_timeout')::interval, '0'), '10 seconds');
	began := clock_timestamp();
	loop
		perform pg_sleep(0.002);
		exit when pg_try_advisory_xact_lock(ours, hers);
		holders := array(
			select h.pid from pg_locks h
			where h.locktype = 'advisory' and h.granted and h.objsubid = 2
				and h.database = (select d.oid from pg_database d where d.datname = current_database())
				and h.classid = ours::oid and h.objid = hers::oid);
		exit when array_position(holders, null) is not null or exists (
			select from pg_stat_activity a where a.pid = any (holders) and a.usename <> session_user);
		-- A commit that one waits for takes less than 0.2 seconds.
		if clock_timestamp() > began + patience or clock_timestamp() > began + interval '0.2 seconds'
		and exists (select from pg_locks w where w.pid = any (holders) and not w.granted) then
			raise exception 'A change of yours waits for somebody else. Try again in a moment.'
				using errcode = 'PB503';
		end if;
	end loop;
end;
$$;
