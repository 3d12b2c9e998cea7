-- Function: pgbell.mark_all_read(2)
--   Marks all of the caller's notifications as read, as one event {"all": true, "up_to": id}.
-- Parameters: token
--             up_to   only those with this id or a smaller one: what the page has shown; null for
--                     all
-- Returns: {"user_id", "unread_count", "seq", "marked"}; no event when none was marked
-- Errors: PB401
-- Tables: writes pgbell.notification; see pgbell.number_pending(0)
-- Rows are locked in the order of their id, as pgbell.delete_subject(1) does.  The setting tells
-- pgbell.note_updated(0) to note one event; it holds for the one statement.

create or replace function pgbell.mark_all_read(token text, up_to bigint default null)
returns jsonb language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
	caller text := (pgbell.require_session(token)).user_id;
	unread bigint[] := array(
		select n.id
		from pgbell.notification n
		where n.user_id = caller and n.read_at is null and (up_to is null or n.id <= up_to)
		order by n.id
		for update);
begin
	perform set_config('pgbell.marks_all', 'on', true);
	update pgbell.notification n
	set read_at = now()
	where n.id = any (unread);
	perform set_config('pgbell.marks_all', 'off', true);
	perform pgbell.number_pending();
	return pgbell.describe_inbox(caller) || jsonb_build_object('marked', cardinality(unread));
end;
$$;
