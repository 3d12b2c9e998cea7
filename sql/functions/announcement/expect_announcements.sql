-- Function: pgbell.expect_announcements(0)
--   Has the functions that a client asks look for announcements from now on; see
--   pgbell.has_announcements(0).
-- Returns: nothing
-- Errors: 55P03 where somebody announces and has not committed yet
-- Tables: locks pgbell.announcement against others who announce, until the transaction ends
-- Callers: pgbell.announce(4), once; and pgbell.run_due(1), where announcements came with data that was
--   restored

create or replace function pgbell.expect_announcements()
returns void language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
begin
	lock table pgbell.announcement in share update exclusive mode;
	if not pgbell.has_announcements() then
		create or replace function pgbell.has_announcements()
		returns boolean language sql immutable parallel safe
		return true;
	end if;
end;
$$;
