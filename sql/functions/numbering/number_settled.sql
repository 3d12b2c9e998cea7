-- Function: pgbell.number_settled(0)
--   As pgbell.number_pending(0), in a transaction that has written before: it does nothing, and the commit numbers, where
--   the statement that calls may have written rows that are not noted yet.
-- Returns: whether all is numbered
-- Errors: none
-- Tables: reads pgbell.notification; see pgbell.number_pending(0)
-- Which is so where pgbell.note_early(2) has said it, and where a row that is noted was deleted or written anew behind
--   its note.
-- Plan: as pgbell.number_many(0)

create or replace function pgbell.number_settled()
returns boolean language plpgsql volatile
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
begin
	if not exists (
		select from pgbell.pending p
		where p.txid = pg_current_xact_id() and (num_nulls(p.is_early) = 0
			or not p.is_gone and num_nulls(p.published) = 1 and not exists (
				select from pgbell.notification n
				where n.id = p.id and n.cmin::text::bigint < p.cmin::text::bigint)))
	then
		perform pgbell.number_pending();
		return true;
	end if;
	return false;
end;
$$;
