-- Function: pgbell.goes_on(2)
--   Whether the first event behind a number is the one that follows it, so that none is missing.
-- Parameters: address, after
-- Returns: true if so; false if not, or if nothing is behind it
-- Errors: none
-- Tables: see pgbell.first_behind(2)

create or replace function pgbell.goes_on(address text, after bigint)
returns boolean language sql stable
set search_path = pgbell, pg_temp
as $$
	select coalesce((select f.goes_on from pgbell.first_behind($1, $2) f), false);
$$;
