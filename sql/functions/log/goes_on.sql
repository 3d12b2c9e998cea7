-- Function: pgbell.goes_on(2)
--   Whether the first event behind a number is the one that follows it, so that none is missing.
-- Parameters: address, after
-- Returns: true if so; false if not, or if nothing is behind it
-- Errors: none
-- Tables: reads pgbell.event

create or replace function pgbell.goes_on(address text, after bigint)
returns boolean language sql stable
set search_path = pgbell, pg_temp
as $$
	select coalesce((
		select e.seq = $2 + 1 or e.prev = $2
		from pgbell.event e
		where e.address = $1 and e.seq > $2
		order by e.seq
		limit 1), false);
$$;
