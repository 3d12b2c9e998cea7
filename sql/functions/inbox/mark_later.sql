-- Function: pgbell.mark_later(3)
--   Marks one notification read or unread, as any update does: that is noted, and numbered at the commit.
-- Parameters: as pgbell.mark_one(3)
-- Returns: {"user_id", "unread_count", "seq"} as they are before that
-- Errors: PB404 when it is not the person's
-- Tables: writes pgbell.notification
-- Callers: pgbell.mark_one(3), within a trigger, where the application has triggers on pgbell.notification: one
--   may mark the row that is just being inserted, which is not noted yet
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.mark_later(person text, id bigint, as_read boolean)
returns jsonb language plpgsql volatile
as $$
begin
	update pgbell.notification n
	set read_at = case when as_read then now() end, key = case when as_read or n.read_at is null then n.key end
	where n.id = $2 and n.user_id is not distinct from person and (not as_read or num_nulls(n.read_at) = 1);
	if not found then
		perform pgbell.require_notification(person, id);
	end if;
	return pgbell.describe_inbox(person);
end;
$$;
