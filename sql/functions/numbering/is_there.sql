-- Function: pgbell.is_there(2)
--   Whether a person has a notification, in this transaction's eyes.
-- Parameters: id, user_id
-- Returns: true or false
-- Errors: none
-- Tables: reads pgbell.notification
-- Form: a function of its own, so that a statement that hardly ever asks does not have the query prepared
--   each time: that was a twentieth of an insert.  Runs as its caller, see pgbell.log_one(4).

create or replace function pgbell.is_there(id bigint, user_id text)
returns boolean language plpgsql volatile
as $$
begin
	return exists (select from pgbell.notification n where n.id = $1 and n.user_id = $2);
end;
$$;
