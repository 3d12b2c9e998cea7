-- Function: pgbell.describe_placed(2)
--   A notification that has a place as lists show it: what pgbell.describe_event(2) tells, as json.
-- Parameters: as pgbell.describe_listed(2)
-- Returns: as pgbell.describe_event(2)
-- Errors, tables: none
-- Form: it is not inlined.  Each expression of a list is made ready for each page, and few rows need this one.

create or replace function pgbell.describe_placed(n pgbell.notification, read_at timestamptz)
returns json language plpgsql stable
as $$
begin
	return pgbell.describe_event(n, read_at)::json;
end;
$$;
