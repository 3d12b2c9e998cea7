-- Function: pgbell.give_announcements(2)
--   Makes what has been announced notifications of people's, and numbers these.
-- Parameters: people   in the order of their ids
--             newest   the announcement up to which that is done
-- Returns: how many people's inboxes others have in hand: these are left out
-- Errors: 55P03, 40P01 where others are in the way; whatever a trigger of the application's raises
-- Tables: reads pgbell.announcement; writes pgbell.inbox, pgbell.notification, pgbell.announced; see
--   pgbell.number_pending(0)
-- Locks: the people's inboxes, which it does not wait for; and announcements, so that none is taken away
--   from everybody meanwhile.
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).  Each announcement is a
--   statement of its own: so they are told in their order.

create or replace function pgbell.give_announcements(people text[], newest bigint)
returns integer language plpgsql volatile
as $$
#variable_conflict use_column
declare
	held text[];
	announcement pgbell.announcement;
begin
	insert into pgbell.inbox (address, seq, unread_count, era)
	select p, 0, 0, m.era
	from unnest(people) p
	join pgbell.migration m on m.number = 1
	where not exists (select from pgbell.inbox i where i.address = p)
	order by p collate "C"
	on conflict do nothing;
	held := array(
		select i.address
		from pgbell.inbox i
		where i.address = any (people) and coalesce(i.announced_up_to, 0) < newest
		order by i.address
		for update skip locked);
	for announcement in
		select a.*
		from pgbell.announcement a
		where a.id <= newest and a.id > (
				select min(coalesce(i.announced_up_to, 0)) from pgbell.inbox i where i.address = any (held))
			and (a.expires_at > clock_timestamp() or a.expires_at is null)
		order by a.id
		for key share skip locked
	loop
		with made as (
			insert into pgbell.notification (user_id, kind, data, subject, created_at)
			select i.address, announcement.kind, announcement.data, announcement.subject, announcement.created_at
			from pgbell.inbox i
			where i.address = any (held) and coalesce(i.announced_up_to, 0) < announcement.id
				and not exists (
					select from pgbell.announced d
					where d.announcement_id = announcement.id and d.user_id = i.address)
			order by i.address
			returning id, user_id
		)
		insert into pgbell.announced (announcement_id, user_id, notification_id)
		select announcement.id, m.user_id, m.id from made m;
	end loop;
	update pgbell.inbox i set announced_up_to = newest where i.address = any (held);
	perform pgbell.number_pending();
	set constraints all immediate; -- what an application's trigger raises at the commit is raised here
	return (
		select count(*) from pgbell.inbox i
		where i.address = any (people) and coalesce(i.announced_up_to, 0) < newest);
end;
$$;
