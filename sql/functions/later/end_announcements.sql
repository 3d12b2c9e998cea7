-- Function: pgbell.end_announcements(1)
--   Takes away what announcements that are over have become, from a few people at a time, and at last the
--   announcement.
-- Parameters: lim   of at most so many people; call it again while it returns 0
-- Returns: in how many milliseconds one is over next, 0: now; null where none will be
-- Errors: none because of one person; see pgbell.run_tasks(1)
-- Tables: reads and writes pgbell.announcement; deletes from pgbell.announced; see pgbell.expire(1)
-- Callers: pgbell.run_due(1)
-- Locks: one announcement; it passes over one that another call or pgbell.give_announcements(2) has locked.
-- It goes through the people by their ids, so that rows that are gone already are not looked at again.

create or replace function pgbell.end_announcements(lim integer)
returns bigint language plpgsql volatile
as $$
#variable_conflict use_column
declare
	busy_ms constant bigint := 50; -- until another call has done its part
	ended pgbell.announcement;
	last_person text;
	expired pgbell.due[];
	next_end timestamptz;
begin
	if not pgbell.has_announcements() then
		if not exists (select from pgbell.announcement) then
			return null;
		end if;
		perform pgbell.expect_announcements();
	end if;
	select a.* into ended
	from pgbell.announcement a
	where a.expires_at <= clock_timestamp()
	order by a.expires_at, a.id
	limit 1
	for update skip locked;
	if ended.id is null then
		select min(a.expires_at) into next_end from pgbell.announcement a;
		return greatest(case when next_end is not null then busy_ms end,
			ceil(extract(epoch from next_end - clock_timestamp()) * 1000))::bigint;
	end if;
	select array_agg(jsonb_populate_record(null::pgbell.due, to_jsonb(g)) order by g.user_id), max(g.user_id)
	into expired, last_person
	from (
		select d.user_id, d.notification_id, 'expire' as task
		from pgbell.announced d
		where d.announcement_id = ended.id and d.user_id > coalesce(ended.ended_up_to, '')
		order by d.user_id
		limit lim) g;
	delete from pgbell.announced d
	where d.announcement_id = ended.id and d.user_id > coalesce(ended.ended_up_to, '') and d.user_id <= last_person;
	if expired is not null then
		perform pgbell.run_tasks(expired);
	end if;
	if cardinality(expired) = lim then
		update pgbell.announcement a set ended_up_to = last_person where a.id = ended.id;
	else
		delete from pgbell.announcement a where a.id = ended.id;
	end if;
	return 0;
end;
$$;
