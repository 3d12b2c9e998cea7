-- Function: pgbell.take_turn(1)
--   Makes one person's changes wait for one another: a transaction that changes something of a person
--   first takes that person's turn, an advisory lock, until it ends.
-- Parameters: user_id
-- Returns: nothing
-- Errors: PB503 where the transaction that has the turn keeps waiting for a lock of somebody else, or has
--   had the turn for as long as lock_timeout
-- Tables: none; reads pg_locks where the turn is taken
-- So at most one request of a person waits for locks, however often she clicks, and the other workers serve
-- other people: it counts how long the one that has the turn has waited, and not this one, so that of many
-- clicks those that come later are refused at once.  Where requests merely follow one another each waits for its turn, which takes
-- milliseconds.  Any role that may connect can take such an advisory lock: one of another role is no turn,
-- and neither is one of a prepared transaction, which has no pid and may stay for days.

create or replace function pgbell.take_turn(user_id text)
returns void language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	-- Two halves of a key, of which pg_locks knows classid and objid.
	turn_key constant integer := hashtext('pgbell.take_turn');
	person_key constant integer := hashtext($1);
	patience interval;
	began timestamptz;
	holders integer[];
begin
	if pg_try_advisory_xact_lock(turn_key, person_key) then
		return;
	end if;
	patience := coalesce(nullif(current_setting('lock_timeout')::interval, '0'), '10 seconds');
	began := clock_timestamp();
	loop
		perform pg_sleep(0.002);
		exit when pg_try_advisory_xact_lock(turn_key, person_key);
		holders := array(
			select h.pid from pg_locks h
			where h.locktype = 'advisory' and h.granted and h.objsubid = 2
				and h.database = (select d.oid from pg_database d where d.datname = current_database())
				and h.classid = turn_key::oid and h.objid = person_key::oid);
		exit when array_position(holders, null) is not null or exists (
			select from pg_stat_activity a where a.pid = any (holders) and a.usename <> session_user);
		-- A commit that one waits for takes less than 0.1 seconds.
		if clock_timestamp() > began + patience or exists (
			select from pg_locks w
			where w.pid = any (holders) and not w.granted and w.waitstart < clock_timestamp() - interval '0.1 seconds')
		then
			raise exception 'A change of yours waits for somebody else. Try again in a moment.'
				using errcode = 'PB503';
		end if;
	end loop;
end;
$$;
