-- Function: pgbell.first_behind(2)
--   Whether the first event behind a number is the one that follows it, so that none is missing.
-- Parameters: address, after
-- Returns: one row, or none where nothing is behind it
-- Errors: none
-- Tables: reads pgbell.event
-- Form: a part of the statement that has it in its FROM, whose search_path is pinned: a call would cost an
--   opening as much as all else that it asks of a log.

create or replace function pgbell.first_behind(address text, after bigint)
returns table (goes_on boolean) language sql stable
as $$
	select e.seq = $2 + 1 or coalesce(e.prev = $2, false)
	from pgbell.event e
	where e.address = $1 and e.seq > $2
	order by e.seq
	limit 1;
$$;
