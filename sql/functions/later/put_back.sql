-- Function: pgbell.put_back(2)
--   Puts back what is due and could not be done.
-- Parameters: due     a row that has been taken from pgbell.due
--             pause   after which it is tried again
-- Returns: nothing
-- Errors: none
-- Tables: writes pgbell.due
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.put_back(due pgbell.due, pause interval)
returns void language plpgsql volatile
as $$
begin
	due.at := clock_timestamp() + pause;
	due.id := coalesce(due.id, nextval(pg_get_serial_sequence('pgbell.due', 'id')));
	insert into pgbell.due overriding system value
	select (due).*
	on conflict (notification_id, task) where notification_id is not null do update set at = excluded.at;
end;
$$;
