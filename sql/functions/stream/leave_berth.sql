-- Function: pgbell.leave_berth(1)
--   Leaves a berth: from then on the caller looks.
-- Parameters: berth, which the caller's database session has
-- Returns: what could be seen before it was left, for pgbell.look(5)
-- Errors: none
-- Tables: none

create or replace function pgbell.leave_berth(berth integer)
returns text language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	seen text := pgbell.see();
begin
	perform pg_advisory_unlock(pgbell.bell_lock(), berth);
	return seen;
end;
$$;
