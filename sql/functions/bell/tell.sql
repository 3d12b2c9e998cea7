-- Function: pgbell.tell(1)
--   Has those told whose logs have just been given numbers: sees to it that the commit is on disk first, and
--   rings for them when it is there, if some process sleeps; see pgbell.look(4) for those that do not.
-- Parameters: addresses
-- Returns: null
-- Errors, tables: see pgbell.ring(1)
-- A commit that rings holds a lock of the whole cluster while it is flushed, and such commits go one
-- after another.  So who is awake is not rung.  The locks say who is, whatever this transaction's snapshot
-- says; they are had until the commit can be seen, and so nobody falls asleep before it is.  A
-- listener of an older release has no berth, and never looks: where one was there first nobody has the
-- number 5, and everybody rings; see pgbell.take_berth(1).
-- Where the setting pgbell.bell is "none" it does not ring at all, for transactions that are prepared, where
-- NOTIFY is not allowed: then those who sleep look every PGBELL_FLOOR_S seconds.
-- Part of the path of every insert: see pgbell.log_one(4) for its form.

create or replace function pgbell.tell(addresses text[])
returns text language plpgsql volatile
as $$
declare
	done text;
begin
	-- A number that a client was told must not be given a second time after a crash, so this commit
	-- is on disk before anybody sees it, whatever its application thinks of its other commits.
	if current_setting('synchronous_commit') = 'off' then
		done := set_config('synchronous_commit', 'on', true);
	end if;
	if current_setting('pgbell.bell', true) = 'none'
		or pg_try_advisory_xact_lock_shared(pgbell.bell_lock(), 1)
		and pg_try_advisory_xact_lock_shared(pgbell.bell_lock(), 2)
		and pg_try_advisory_xact_lock_shared(pgbell.bell_lock(), 3)
		and pg_try_advisory_xact_lock_shared(pgbell.bell_lock(), 4)
		and not pg_try_advisory_xact_lock_shared(pgbell.bell_lock(), 5) then
		return null;
	elsif cardinality(addresses) <> 1 then
		perform pgbell.ring(addresses);
	elsif pg_try_advisory_xact_lock(pgbell.bell_lock(), 7) then
		done := pg_notify('pgbell', addresses[1]);
	else
		done := pg_notify('pgbell', addresses[1] || ' ');
	end if;
	return null;
end;
$$;
