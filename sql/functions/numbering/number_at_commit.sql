-- Function: pgbell.number_at_commit(0)
--   Deferred constraint trigger on pgbell.pending, for the first of the notes that wait for numbers, just
--   before the transaction commits: gives everything noted its number.
-- Tables: see pgbell.number_noted(1)
-- That an earlier one, or a function, has numbered all is seen by the table, which is then empty.
-- At the commit, and where constraints are made immediate, no other trigger is running; where they have been
-- immediate before, this runs within the one that notes.
-- Plan: statistics about pgbell.pending are never right, so scans of all of it are switched off.

create or replace function pgbell.number_at_commit()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
	done text;
begin
	done := case pg_trigger_depth() when 1 then pgbell.number_noted(new.txid) else pgbell.number_at_once(new) end;
	return null;
end;
$$;
