-- Function: pgbell.end_announcements(1)
--   Takes away what announcements that are over have become, from a few people at a time, and at last the
--   announcement.
-- Parameters: lim   of at most so many people; call it again while it returns 0
-- Returns: in how many milliseconds one is over next, 0: now; null where none will be
-- Errors: none because of one person; see pgbell.run_tasks(1)
-- Tables: reads and writes pgbell.announcement; deletes from pgbell.announced; see pgbell.expire(1)
-- Callers: pgbell.run_due(1)
-- Locks: one announcement, which another call, or who is getting it at this moment, has it pass over.
-- It goes through the people by their ids, so that rows that are gone already are not looked at again.

create or replace function pgbell.end_announcements(lim integer)
returns bigint language plpgsql volatile
as $$
#variable_conflict use_column
declare
	others_ms constant bigint := 50; -- until another call has done its part
	one pgbell.announcement;
	last text;
	doomed pgbell.due[];
	next timestamptz;
begin
	if not pgbell.has_announcements() then
		if not exists (select from pgbell.announcement) then
			return null;
		end if;
		perform pgbell.expect_announcements();
	end if;
	select a.* into one
	from pgbell.announcement a
	where a.expires_at <= clock_timestamp()
	order by a.expires_at, a.id
	limit 1
	for update skip locked;
	if one.id is null then
		select min(a.expires_at) into next from pgbell.announcement a;
		return greatest(case when next is not null then others_ms end,
			ceil(extract(epoch from next - clock_timestamp()) * 1000))::bigint;
	end if;
	select array_agg(jsonb_populate_record(null::pgbell.due, to_jsonb(g)) order by g.user_id), max(g.user_id)
	into doomed, last
	from (
		select d.user_id, d.notification_id, 'expire' as task
		from pgbell.announced d
		where d.announcement_id = one.id and d.user_id > coalesce(one.ended_up_to, '')
		order by d.user_id
		limit lim) g;
	delete from pgbell.announced d
	where d.announcement_id = one.id and d.user_id > coalesce(one.ended_up_to, '') and d.user_id <= last;
	if doomed is not null then
		perform pgbell.run_tasks(doomed);
	end if;
	if cardinality(doomed) = lim then
		update pgbell.announcement a set ended_up_to = last where a.id = one.id;
	else
		delete from pgbell.announcement a where a.id = one.id;
	end if;
	return 0;
end;
$$;
