-- Function: pgbell.leapt(2)
--   How many numbers were left out of a log behind a number: an era began there.  Without
--   them, seq less that number is how many events there are.
-- Parameters: address
--             after, a seq
-- Returns: how many
-- Errors: none
-- Tables: reads pgbell.event

create or replace function pgbell.leapt(address text, after bigint)
returns bigint language sql stable security definer
set search_path = pgbell, pg_temp
as $$
	select coalesce(sum(e.seq - e.prev - 1), 0)::bigint
	from pgbell.event e
	where e.address = $1 and e.seq > $2 and e.prev is not null;
$$;
