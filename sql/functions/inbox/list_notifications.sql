-- Function: pgbell.list_notifications(4)
--   The caller's notifications, newest first, with the unread count and the number of the log (seq) of the
--   same snapshot: a stream that is opened after that number misses nothing and repeats nothing.
-- Parameters: token
--             lim      at most so many, 1 to 100; 20 by default
--             before   the "next" of the page before: only those behind it
--             unread   true for the unread ones only
-- Returns: {"user_id", "notifications": [{"id", "kind", "data", "created_at", "read_at"}],
--   "unread_count", "seq", "next"}; next is null on the last page.  A page of large ones ends early:
--   pgbell.page_bytes(0).  One that was merged with others (a key) has "count", "actors" and "place" too, see
--   pgbell.describe_listed(2); its place counts for the order, in place of its id.  "unseen_count" as in
--   pgbell.describe_inbox(1)
-- Errors: PB401
-- Tables: reads pgbell.notification, pgbell.inbox, pgbell.announcement; see pgbell.count_unseen(1),
--   pgbell.take_announcements(1)
-- Stable: all its statements see one snapshot.
-- Plan: a page is one range of an index that begins with the person, whatever statistics say and however far
--   down the page is.

create or replace function pgbell.list_notifications(token text, lim integer default 20,
	before bigint default null, unread boolean default false)
returns json language plpgsql stable security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
	caller text := (pgbell.require_session(token)).user_id;
	page_size integer := least(greatest(coalesce(lim, 20), 1), 100);
	below bigint := coalesce(before, 9223372036854775807);
	inbox pgbell.inbox;
	rows integer := least(page_size, 20);
	page json[] := '{}';
	part json[];
	next json;
begin
	select * into inbox from pgbell.inbox i where i.address = caller;
	if pgbell.has_announcements()
	and (select a.id from pgbell.announcement a order by a.id desc limit 1) > coalesce(inbox.announced_up_to, 0)
	and (pgbell.take_announcements(array[caller])).taken = 1 then
		return pgbell.ask_anew('list', token, before, lim, unread);
	end if;
	loop
		if inbox.read_up_to is null and not unread then
			part := array(
				select pgbell.describe_listed(n, n.read_at)
				from pgbell.notification n
				where n.user_id = caller and coalesce(n.place, n.id) < below
				order by coalesce(n.place, n.id) desc
				limit rows + 1);
		elsif inbox.read_up_to is null then
			part := array(
				select pgbell.describe_listed(n, null)
				from pgbell.notification n
				where n.user_id = caller and coalesce(n.place, n.id) < below and n.read_at is null
				order by coalesce(n.place, n.id) desc
				limit rows + 1);
		elsif not unread then
			part := array(
				select pgbell.describe_listed(n, coalesce(n.read_at, case
					when pgbell.is_covered(n.id, inbox.read_up_to, inbox.read_except)
					then inbox.read_up_to_at end))
				from pgbell.notification n
				where n.user_id = caller and coalesce(n.place, n.id) < below
				order by coalesce(n.place, n.id) desc
				limit rows + 1);
		else
			-- Those that came behind the mark are few, and are sorted: the rows before it are not looked at.
			part := array(
				select pgbell.describe_listed(n::pgbell.notification, null)
				from (
					(select *
					from pgbell.notification n
					where n.user_id = caller and coalesce(n.place, n.id) > inbox.read_up_to
						and coalesce(n.place, n.id) < below and n.read_at is null
					order by coalesce(n.place, n.id) + 0 desc
					limit rows + 1)
					union all
					(select n.*
					from unnest(inbox.read_except) e (id)
					cross join lateral (
						select * from pgbell.notification n where n.id = e.id offset 0
					) n
					where coalesce(n.place, n.id) < least(below, inbox.read_up_to + 1) and n.user_id = caller
						and n.read_at is null)
				) n
				order by coalesce(n.place, n.id) desc
				limit rows + 1);
		end if;
		-- One more was read, only to know whether there is more.
		exit when cardinality(part) <= rows;
		part := trim_array(part, 1);
		-- Where no place is named it is not looked for: that reads all of the row.
		next := coalesce(case when strpos(part[rows]::text, '"place"') > 0 then part[rows] -> 'place' end, part[rows] -> 'id');
		exit when cardinality(page) + rows >= page_size or pg_column_size(page) + pg_column_size(part) > pgbell.page_bytes();
		page := page || part;
		below := next::text::bigint;
		next := null;
		rows := least(page_size - cardinality(page), rows);
	end loop;
	page := page || part;
	if inbox.seen_seq is not null then
		return json_build_object('user_id', caller, 'unread_count', inbox.unread_count, 'seq', inbox.seq,
			'unseen_count', pgbell.count_unseen(caller), 'notifications', array_to_json(page), 'next', next);
	end if;
	return json_build_object('user_id', caller, 'unread_count', coalesce(inbox.unread_count, 0),
		'seq', coalesce(inbox.seq, 0), 'notifications', array_to_json(page), 'next', next);
end;
$$;
