-- Function: pgbell.mark_all_read(2)
--   Marks all of the caller's notifications as read.
-- Parameters: token
--             up_to   a seq: what is new, unread again or changed in the log behind it stays unread, because
--                     the caller's page has not shown it yet.  Null: mark all
-- Returns: {"user_id", "unread_count", "seq", "marked"}; no event when none was marked
-- Errors: PB401, PB503; PB409 where the log does not reach back to up_to, or has very much behind it
-- Tables: see pgbell.mark_all_of(2)

create or replace function pgbell.mark_all_read(token text, up_to bigint default null)
returns jsonb language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
begin
	return pgbell.mark_all_of((pgbell.require_turn(token)).user_id, up_to);
end;
$$;
