-- Function: pgbell.mark_later(3)
--   Marks one notification read or unread, as any update does: that is noted, and numbered at the commit.
-- Parameters: as pgbell.mark_one(3)
-- Returns: {"user_id", "unread_count", "seq"} as they are before that
-- Errors: PB404 when it is not the person's
-- Tables: writes pgbell.notification
-- Callers: pgbell.mark_one(3), of a row that its statement may have written, which is not noted yet: within a trigger, where
--   the application has triggers on pgbell.notification, and where pgbell.note_early(2) says so
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.mark_later(person text, id bigint, as_read boolean)
returns jsonb language plpgsql volatile
as $$
begin
	update pgbell.notification n
	set read_at = case when as_read then now() end, own_marks = case when exists (
			select from pgbell.pending p
			where p.txid = pg_current_xact_id() and p.address = person and p.id = n.id and num_nulls(p.is_early) = 0)
			then coalesce(n.own_marks, 0) + 1 else n.own_marks end,
		key = case when as_read or n.read_at is null then n.key end
	where n.id = $2 and n.user_id is not distinct from person and (not as_read or num_nulls(n.read_at) = 1);
	if not found then
		perform pgbell.require_notification(person, id);
	end if;
	return pgbell.describe_inbox(person);
end;
$$;
