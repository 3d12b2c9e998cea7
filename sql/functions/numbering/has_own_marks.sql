-- Function: pgbell.has_own_marks(2)
--   Whether a notification is there and has so many marks of its own, as it had when a trigger was given it.
-- Parameters: id, own_marks
-- Returns: true or false
-- Errors: none
-- Tables: reads pgbell.notification
-- Form: as pgbell.is_there(2)

create or replace function pgbell.has_own_marks(id bigint, own_marks integer)
returns boolean language plpgsql volatile
as $$
begin
	return exists (
		select from pgbell.notification n where n.id = $1 and n.own_marks is not distinct from $2);
end;
$$;
