-- Function: pgbell.trim_if_due(4)
--   Calls pgbell.trim(2), if the last trim is old enough: so processes that live for a moment can ask for
--   it.
-- Parameters: every   how long after a complete trim the next is due; at once where the clock was set back
--             keep, lim   see pgbell.trim(2)
--             keep_read   how long notifications are kept after they were read; null: for ever.  See
--                         pgbell.trim_read(2), which it calls until it has looked at all, once a day
-- Returns: whether there may be more to trim; false where it is not due, or another call runs
-- Errors: none
-- Tables: writes pgbell.migration; see pgbell.trim(2), pgbell.trim_read(2)
-- Callers: the owner, and pgbell-stream

create or replace function pgbell.trim_if_due(every interval, keep interval, lim integer,
	keep_read interval default null)
returns boolean language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	has_more boolean;
	is_read_due boolean;
begin
	perform from pgbell.migration m
	where m.number = 1 and (m.trimmed_at between now() - every and now()) is not true
	for update skip locked;
	if not found then
		return false;
	end if;
	select bool_or(t.value::bigint >= lim) into has_more
	from jsonb_each_text(pgbell.trim(keep, lim)) t;
	is_read_due := keep_read is not null and exists (
		select from pgbell.migration m
		where m.number = 1 and (m.read_trimmed_at between now() - interval '1 day' and now()) is not true);
	if not has_more and is_read_due then
		has_more := pgbell.trim_read(greatest(keep, keep_read), lim) is not null;
		update pgbell.migration m set read_trimmed_at = now() where m.number = 1 and not has_more;
	end if;
	if not has_more then
		update pgbell.migration m set trimmed_at = now() where m.number = 1;
	end if;
	return has_more;
end;
$$;
