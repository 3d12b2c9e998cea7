-- Function: pgbell.claim_unread(4)
--   Returns what people have not read for a while, once, for a program that sends it in another way, such
--   as by mail.  Several programs may call it at the same time.  A notification that was merged with a new
--   one (a key) is returned again.
-- Parameters: older_than   only what has been unread for so long, so that nobody gets a mail about what is
--                          just being read
--             kinds        of these kinds only; null for all
--             lim          at most so many people
--             people       only these; null for all
-- Returns: a row (user_id, notifications) for each person: the newest 100 at most, as lists show them, newest
--   first
-- Errors: 55P03 where another transaction, such as pgbell.forget_person(1), locks a row that it is to
--   write: call it again
-- Tables: reads pgbell.inbox, pgbell.notification, pgbell.announced, pgbell.due; writes pgbell.claim,
--   pgbell.claimant
-- Callers: the owner; may be granted to a program that sends mail
-- The claim counts when the transaction commits.  A program that sends its mail behind the commit sends it
--   once, or not at all if it dies in between; one that sends before commits sends it once or twice.
-- An announcement is returned when its person has taken it, and has not read it for so long since: who has
--   not been there since gets no mail of it, so that one call of pgbell.announce(4) mails nobody.
-- Locks: the rows of pgbell.claimant of the people that it returns; other calls skip these people.  An
--   insert of a row that another call is inserting would wait for that call's commit: hence its short
--   lock_timeout.  Elsewhere even a table that grows under load keeps a call waiting for longer.
-- Plan: a person all of whose notifications were returned costs one index look-up until the log grows.

create or replace function pgbell.claim_unread(older_than interval default '10 minutes',
	kinds text[] default null, lim integer default 100, people text[] default null)
returns table (user_id text, notifications jsonb)
language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set jit = off
set lock_timeout = '1s'
as $$
#variable_conflict use_column
declare
	row_limit constant integer := 100;
	look_limit constant integer := 1000;
	inbox pgbell.inbox;
	found_people integer := 0;
	just_taken bigint[]; -- announcements are older than this person has them
	has_younger boolean;
begin
	for inbox in
		select i.*
		from pgbell.inbox i
		left join pgbell.claimant c on c.user_id = i.address
		where i.unread_count > 0 and c.seq is distinct from i.seq
			and (people is null or i.address = any (people))
	loop
		exit when found_people >= lim;
		if not exists (select from pgbell.claimant c where c.user_id = inbox.address) then
			begin
				perform set_config('lock_timeout', '10ms', true);
				insert into pgbell.claimant (user_id) values (inbox.address) on conflict do nothing;
				perform set_config('lock_timeout', '1s', true);
			exception when lock_not_available then
				continue; -- another inserts it
			end;
		end if;
		perform from pgbell.claimant c where c.user_id = inbox.address for update skip locked;
		continue when not found;
		delete from pgbell.claim c
		where c.user_id = inbox.address and not exists (
				select from pgbell.notification n where n.id = c.notification_id and num_nulls(n.read_at) = 1)
			and not exists (
				select from pgbell.due d where d.notification_id = c.notification_id and d.task is not distinct from 'return');
		just_taken := array(
			select d.notification_id
			from pgbell.announcement a
			join pgbell.announced d on d.announcement_id = a.id and d.user_id = inbox.address
			where d.taken_at > clock_timestamp() - older_than);
		with unread as materialized (
			select n.* from pgbell.newest_unread(inbox.address, inbox.read_up_to, inbox.read_except, look_limit) n
		), claimable as materialized (
			select u.* from unread u
			where u.created_at <= clock_timestamp() - older_than and u.id <> all (just_taken)
				and (kinds is null or u.kind = any (kinds))
				and not exists (
					select from pgbell.claim c where c.notification_id = u.id and c.place >= coalesce(u.place, u.id))
		), claimed as (
			insert into pgbell.claim as c (notification_id, user_id, place)
			select d.id, d.user_id, coalesce(d.place, d.id) from claimable d
			on conflict (notification_id) do update set place = excluded.place, claimed_at = now()
			returning c.notification_id
		)
		select inbox.address::text, (
				select jsonb_agg(pgbell.describe_event(s::pgbell.notification, null)
					order by coalesce(s.place, s.id) desc)
				from (
					select d.* from claimable d
					order by coalesce(d.place, d.id) desc
					limit row_limit
				) s),
			just_taken <> '{}' or exists (
				select from unread u where u.created_at > clock_timestamp() - older_than)
		into user_id, notifications, has_younger
		from (select count(*) from claimed) c;
		update pgbell.claimant c
		set seq = inbox.seq
		where c.user_id = inbox.address and kinds is null and not has_younger;
		if notifications is not null then
			found_people := found_people + 1;
			return next;
		end if;
	end loop;
end;
$$;
