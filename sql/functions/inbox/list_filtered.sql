-- Function: pgbell.list_filtered(6)
--   The caller's notifications of one kind, about one subject, or both.
-- Parameters: token, lim, before, unread   as in pgbell.list_notifications(4)
--             kind      null for all
--             subject   this one and what is under it: question/7 includes question/7/answer/9; null for all
-- Returns: as pgbell.list_notifications(4).  A page looks at 2,000 rows at most, which limits its cost.  So
--   a page may be short, or empty, and still have a "next"
-- Errors: PB401
-- Tables: as pgbell.list_notifications(4)
-- Plan: as pgbell.list_notifications(4)

create or replace function pgbell.list_filtered(token text, lim integer, before bigint,
	unread boolean, kind text, subject text)
returns json language plpgsql stable security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
	look_limit constant integer := 2000;
	page_size constant integer := least(greatest(coalesce(lim, 20), 1), 100);
	below constant bigint := coalesce(before, 9223372036854775807);
	caller constant text := (pgbell.require_session(token)).user_id;
	inbox pgbell.inbox;
	found bigint[];
	rows constant integer := least(page_size, 20);
	page json[] := '{}';
	looked integer;
	next bigint;
begin
	select * into inbox from pgbell.inbox i where i.address = caller;
	if pgbell.has_announcements()
	and (select a.id from pgbell.announcement a order by a.id desc limit 1) > coalesce(inbox.announced_up_to, 0)
	and (pgbell.take_announcements(array[caller])).taken = 1 then
		return pgbell.ask_anew('list filtered', token, before, lim, unread, kind, subject);
	end if;
	with newest as materialized (
		select n.id, n.kind, n.subject, coalesce(n.place, n.id) as at
		from pgbell.notification n
		where not unread and n.user_id >= caller and (n.user_id, coalesce(n.place, n.id)) < (caller, below)
		order by n.user_id desc, coalesce(n.place, n.id) desc
		limit case when unread then 0 else look_limit end
	), newest_unread as materialized (
		select n.id, n.kind, n.subject, coalesce(n.place, n.id) as at
		from pgbell.notification n
		where unread and n.user_id >= caller and (n.user_id, coalesce(n.place, n.id)) < (caller, below)
			and n.read_at is null
		order by n.user_id desc, coalesce(n.place, n.id) desc
		limit case when unread then look_limit else 0 end
	), found_rows as (
		select n.id, n.at
		from (select * from newest union all select * from newest_unread) n
		where ($5 is null or n.kind = $5)
			and ($6 is null or pgbell.is_about(n.subject, $6))
			and (not unread or not pgbell.is_covered(n.id, inbox.read_up_to, inbox.read_except))
		order by n.at desc
		limit page_size + 1
	)
	select array(select f.id from found_rows f order by f.at desc),
		(select count(*) from newest) + (select count(*) from newest_unread),
		(select min(a.at) from (select l.at from newest l union all select u.at from newest_unread u) a)
	into found, looked, next;
	while cardinality(page) < least(cardinality(found), page_size) and pg_column_size(page) <= pgbell.page_bytes() loop
		page := page || array(
			select pgbell.describe_listed(n::pgbell.notification, coalesce(n.read_at, case
					when pgbell.is_covered(n.id, inbox.read_up_to, inbox.read_except)
					then inbox.read_up_to_at end))
			from unnest(found[cardinality(page) + 1:least(cardinality(page) + rows, page_size)]) with ordinality f (id, nth)
			cross join lateral (
				select * from pgbell.notification n where n.id = f.id offset 0
			) n
			order by f.nth);
	end loop;
	if cardinality(page) < cardinality(found) then
		next := coalesce(page[cardinality(page)] ->> 'place', page[cardinality(page)] ->> 'id')::bigint;
	elsif looked < look_limit then
		next := null;
	end if;
	if inbox.seen_seq is not null then
		return json_build_object('user_id', caller, 'unread_count', inbox.unread_count, 'seq', inbox.seq,
			'unseen_count', pgbell.count_unseen(caller), 'notifications', array_to_json(page), 'next', next);
	end if;
	return json_build_object('user_id', caller, 'unread_count', coalesce(inbox.unread_count, 0),
		'seq', coalesce(inbox.seq, 0), 'notifications', array_to_json(page), 'next', next);
end;
$$;
