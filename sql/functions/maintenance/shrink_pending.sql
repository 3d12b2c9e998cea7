-- Function: pgbell.shrink_pending(0)
--   Truncates pgbell.pending, if a very large transaction has made it large.
-- Returns: whether it did
-- Errors: none
-- Tables: truncates pgbell.pending, if it is large and empty, and no transaction uses it, this one included

create or replace function pgbell.shrink_pending()
returns boolean language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	large_bytes constant bigint := 16 * 1024 * 1024;
begin
	if pg_total_relation_size('pgbell.pending') < large_bytes then
		return false;
	end if;
	lock table pgbell.pending in access exclusive mode nowait;
	if exists (select from pgbell.pending) then
		return false;
	end if;
	truncate pgbell.pending;
	return true;
exception when lock_not_available or object_in_use then
	return false;
end;
$$;
