-- Function: pgbell.trim_read(2)
--   Deletes notifications that were read long ago: a stretch of the table each time it is called, from
--   where the last call stopped.
-- Parameters: keep   how long after it was read one is kept
--             lim    at most so many; of ten times as many rows it looks whether they are
-- Returns: how many there were; null where the table's end was reached, and the next call begins anew
-- Errors: none because of one, see pgbell.delete_untold(1)
-- Tables: reads pgbell.notification; writes pgbell.migration; see pgbell.delete_untold(1)
-- Callers: pgbell.trim_if_due(4), which has the row of pgbell.migration locked
-- Nobody is told: what an open page shows of them it showed for weeks, and what is done to one there is
--   answered as for one that was deleted.  It is no shorter than the log is kept, so no page that goes on by
--   the log hears of one that is gone.
-- Locks: rows, for which it does not wait: what is in use is left for another time.
-- There is no index for it: each mark would pay for that, also where nothing is trimmed.

create or replace function pgbell.trim_read(keep interval, lim integer)
returns bigint language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
	looks_per_row constant integer := 10;
	looked_up_to bigint := (select m.trimmed_up_to from pgbell.migration m where m.number = 1);
	ids bigint[];
	trimmed bigint[];
begin
	perform pgbell.number_pending(); -- the notes below are its own
	ids := array(
		select n.id
		from pgbell.notification n
		where n.id > coalesce(looked_up_to, 0)
		order by n.id
		limit lim * looks_per_row);
	trimmed := array(
		select n.id
		from pgbell.notification n
		where n.id = any (ids) and n.read_at < now() - keep
		order by n.id
		limit lim
		for update skip locked);
	perform pgbell.delete_untold(trimmed);
	update pgbell.migration m
	set trimmed_up_to = case
		when cardinality(trimmed) = lim then trimmed[lim]
		when cardinality(ids) = lim * looks_per_row then ids[cardinality(ids)] end
	where m.number = 1;
	if cardinality(trimmed) < lim and cardinality(ids) < lim * looks_per_row then
		return null;
	end if;
	return cardinality(trimmed);
end;
$$;
