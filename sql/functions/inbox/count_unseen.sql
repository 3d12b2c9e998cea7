-- Function: pgbell.count_unseen(1)
--   How many unread notifications a person has not seen: those that are new or changed in the log behind
--   the number up to which it was seen; where the log does not reach back to that, those made since.
-- Parameters: user_id
-- Returns: the number, at most 100; null for a person for whom pgbell.mark_seen(2) was never called
-- Errors: none
-- Tables: reads pgbell.inbox, pgbell.event; see pgbell.newest_unread(4): 1,000 at most
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.count_unseen(user_id text)
returns integer language plpgsql stable
as $$
declare
	count_limit constant integer := 100;
	look_limit constant integer := 1000;
	inbox pgbell.inbox;
	changed bigint[];
begin
	select * into inbox from pgbell.inbox i where i.address = $1;
	if inbox.seen_seq is null then
		return null;
	elsif inbox.unread_count = 0 then
		return 0;
	end if;
	changed := array(
		select (e.data ->> 'id')::bigint
		from pgbell.event e
		where e.address = $1 and e.seq > inbox.seen_seq
			and e.type in ('new_notification', 'notification_changed')
		order by e.seq desc
		limit look_limit);
	return (
		select count(*)
		from (
			select
			from pgbell.newest_unread($1, inbox.read_up_to, inbox.read_except, look_limit) n
			where n.created_at > inbox.seen_at or n.id = any (changed)
			limit count_limit
		) u);
end;
$$;
