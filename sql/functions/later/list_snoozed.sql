-- Function: pgbell.list_snoozed(3)
--   What the caller has snoozed, by when it comes back, the soonest first.
-- Parameters: token
--             lim     at most so many, 1 to 100; 20 unless told
--             after   only those behind it: the "next" of the page before
-- Returns: {"user_id", "notifications": [as pgbell.list_notifications(4) has them, with "until"], "next"};
--   next is null on the last page.  A page of large ones ends early: pgbell.page_bytes(0)
-- Errors: PB401
-- Tables: reads pgbell.due; see pgbell.snoozed_notification(1)
-- What an application has put off itself (pgbell.notify(7), deliver_at) is not for the person's eyes yet.
-- Plan: as pgbell.list_notifications(4): rows are compared and ordered by person, task and time, since by time
--   alone the planner might read what is due for all people.  "return" is the last of the tasks.  A page goes
--   on behind one by its time, which that of its id tells: where it is back by now it begins anew.

create or replace function pgbell.list_snoozed(token text, lim integer default 20, after bigint default null)
returns jsonb language plpgsql stable security definer
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
	rows integer := least(page_size, 20);
	behind record;
	page jsonb[] := '{}';
	part jsonb[];
	next bigint := after;
begin
	loop
		select d.at, d.id into behind
		from pgbell.due d
		where d.notification_id = next and d.task is not distinct from 'return' and d.user_id is not distinct from caller;
		part := array(
			select pgbell.describe_event(n, n.read_at) || jsonb_build_object('until', pgbell.format_time(d.at))
			from pgbell.due d
			cross join lateral pgbell.snoozed_notification(d) n
			where d.user_id <= caller and (d.user_id, d.task, d.at, d.id)
				> (caller, 'return', coalesce(behind.at, '0001-01-01 00:00:00+00'), coalesce(behind.id, 0))
			order by d.user_id, d.task, d.at, d.id
			limit rows + 1);
		next := null;
		exit when cardinality(part) <= rows;
		part := trim_array(part, 1);
		next := (part[rows] ->> 'id')::bigint;
		exit when cardinality(page) + rows >= page_size or pg_column_size(page) + pg_column_size(part) > pgbell.page_bytes();
		page := page || part;
		rows := least(page_size - cardinality(page), rows);
	end loop;
	page := page || part;
	return jsonb_build_object('user_id', caller, 'notifications', to_jsonb(page), 'next', next);
end;
$$;
