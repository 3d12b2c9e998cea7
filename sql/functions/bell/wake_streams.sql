-- Function: pgbell.wake_streams(1)
--   Wakes the stream processes that sleep, when the transaction commits, for logs that it has given new
--   events: rings for their addresses, if some process sleeps.  Those that are awake find the events by
--   themselves: pgbell.look(5).  It also sees to it that the commit is flushed to disk.
-- Parameters: addresses   of the logs
-- Returns: null
-- Errors, tables: see pgbell.ring(1)
-- A commit that rings holds a lock of the whole cluster while it is flushed, so such commits go one after
-- another.  Therefore processes that are awake are not rung.  The locks (berths) say whether one sleeps,
-- whatever this transaction's snapshot says; they are held until the commit is visible, so no process falls
-- asleep before it is.  A listener of an older release has no berth and never looks: where one was there
-- first no listener has the number 5, and every commit rings; see pgbell.take_berth(1).
-- Where the setting pgbell.bell is "none" it never rings, for transactions that are prepared, in which NOTIFY
-- is not allowed: then processes that sleep find the events within PGBELL_FLOOR_S seconds.
-- Part of the path of every insert: see pgbell.log_one(4) for its form.

create or replace function pgbell.wake_streams(addresses text[])
returns text language plpgsql volatile
as $$
declare
	done text;
begin
	-- A number that a client has must not be given a second time after a crash: so this commit is on disk
	-- before anybody sees it, also where the application does not wait for its commits to be flushed.
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
