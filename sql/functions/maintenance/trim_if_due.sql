-- Function: pgbell.trim_if_due(3)
--   Trims what is old, where nobody has done so for a while: who asks need not live as long.
-- Parameters: every   how long after all was trimmed it is due again; by a clock that was set back, at once
--             keep, lim   see pgbell.trim(2)
-- Returns: whether there may be more to trim now; false where it is not due, or another call runs
-- Errors: none
-- Tables: writes pgbell.migration; see pgbell.trim(2)
-- Callers: the owner, and pgbell-stream

create or replace function pgbell.trim_if_due(every interval, keep interval, lim integer)
returns boolean language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	has_more boolean;
begin
	perform from pgbell.migration m
	where m.number = 1 and (m.trimmed_at between now() - every and now()) is not true
	for update skip locked;
	if not found then
		return false;
	end if;
	select bool_or(t.value::bigint >= lim) into has_more
	from jsonb_each_text(pgbell.trim(keep, lim)) t;
	if not has_more then
		update pgbell.migration m set trimmed_at = now() where m.number = 1;
	end if;
	return has_more;
end;
$$;
