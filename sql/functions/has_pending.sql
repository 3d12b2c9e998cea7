-- Function: pgbell.has_pending(0)
--   Whether this transaction has noted something that is not yet numbered.
-- Returns: true or false
-- Errors: none
-- Tables: reads pgbell.pending
-- Volatile, to see what the running statement itself has noted.

create or replace function pgbell.has_pending()
returns boolean language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
begin
	return exists (select from pgbell.pending p where p.txid = pg_current_xact_id());
end;
$$;
