-- Function: pgbell.number_pending(0)
--   Numbers what this transaction has noted so far.  The commit does this by itself; a function that
--   needs the new count calls it to have it at once.  From then on others who notify the same people
--   wait for this transaction's end.
-- Returns: nothing
-- Errors: none
-- Tables: see pgbell.number_noted(1)
-- Callers: the owner
-- Within a trigger it does nothing where the application has triggers on pgbell.notification, of which that may
--   be one: its statement may have inserted rows that are not noted yet.  Then the commit numbers.
-- Locks: what comes behind it in the transaction is numbered later: two transactions that go by different
--   orders of addresses can deadlock then.  Topics are before people.

create or replace function pgbell.number_pending()
returns void language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
	done text;
begin
	if pg_trigger_depth() = 0 or not pgbell.has_triggers() then
		done := pgbell.number_noted(pg_current_xact_id());
	end if;
end;
$$;
