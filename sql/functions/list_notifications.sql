-- Function: pgbell.list_notifications(4)
--   The caller's notifications, newest first, with badge and log number of the same snapshot: a
--   stream opened after that number misses nothing and repeats nothing.
-- Parameters: token
--             lim      at most so many, 1 to 100; 20 unless told
--             before   only those with a smaller id: the "next" of the page before
--             unread   true for the unread ones only
-- Returns: {"user_id", "notifications": [{"id", "kind", "data", "created_at", "read_at"}],
--   "unread_count", "seq", "next"}; next is null on the last page
-- Errors: PB401
-- Tables: reads pgbell.notification, pgbell.inbox
-- Stable, hence one snapshot for all its statements.  json, which is only text, and not jsonb,
-- which would be built to be written out again at once: a page of 20 takes four fifths of the time.

create or replace function pgbell.list_notifications(token text, lim integer default 20,
	before bigint default null, unread boolean default false)
returns json language plpgsql stable security definer
set search_path = pgbell, pg_temp
set jit = off
as $$
declare
	caller text := (pgbell.require_session(token)).user_id;
	page_size integer := least(greatest(coalesce(lim, 20), 1), 100);
	inbox jsonb := pgbell.describe_inbox(caller);
	page json[];
	next json;
begin
	if unread then
		page := array(
			select pgbell.describe_notification(n)
			from pgbell.notification n
			where n.user_id = caller and n.read_at is null and (before is null or n.id < before)
			order by n.id desc
			limit page_size + 1);
	else
		page := array(
			select pgbell.describe_notification(n)
			from pgbell.notification n
			where n.user_id = caller and (before is null or n.id < before)
			order by n.id desc
			limit page_size + 1);
	end if;
	-- One more than the page was read, only to know whether there is more.
	if cardinality(page) > page_size then
		page := trim_array(page, 1);
		next := page[page_size] -> 'id';
	end if;
	return json_build_object('user_id', caller, 'unread_count', inbox -> 'unread_count',
		'seq', inbox -> 'seq', 'notifications', array_to_json(page), 'next', next);
end;
$$;
