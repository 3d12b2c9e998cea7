-- Function: pgbell.leapt(2)
--   How many numbers were left out of a person's log behind a number: an era began there.  Without
--   them, seq less that number is how many events there are.
-- Parameters: user_id
--             after, a seq
-- Returns: how many
-- Errors: none
-- Tables: reads pgbell.event

create or replace function pgbell.leapt(user_id text, after bigint)
returns bigint language sql stable security definer
set search_path = pgbell, pg_temp
as $$
	select coalesce(sum(e.seq - e.prev - 1), 0)::bigint
	from pgbell.event e
	where e.user_id = $1 and e.seq > $2 and e.prev is not null;
$$;
