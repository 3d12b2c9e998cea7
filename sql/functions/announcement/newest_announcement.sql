-- Function: pgbell.newest_announcement(0)
--   The newest announcement that is not over: a person who has taken it has taken all.
-- Returns: its id; null where there is none
-- Errors: none
-- Tables: reads pgbell.announcement
-- Callers: pgbell-stream, which has the people take it that have a stream open there

create or replace function pgbell.newest_announcement()
returns bigint language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
begin
	return (select a.id from pgbell.announcement a order by a.id desc limit 1);
end;
$$;
