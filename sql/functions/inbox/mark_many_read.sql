-- Function: pgbell.mark_many_read(2)
--   Marks all of a person's notifications as read, however many, by one update of the inbox: from then on
--   those up to the newest one count as read.  pgbell.settle_read(1) updates their rows later.
-- Parameters: user_id, who has an inbox
--             up_to, as in pgbell.mark_all_read(2); the log reaches back to it
-- Returns: how many were marked
-- Errors: PB409 where more than 500 notifications would have to be excepted
-- Tables: reads pgbell.notification; writes pgbell.inbox, pgbell.event
-- It is one event: {"all": true, "except": [ids]}.  What is visible here was numbered before the inbox was
-- locked; a notification that commits later with a smaller id is excepted when it is numbered.
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.mark_many_read(user_id text, up_to bigint)
returns integer language plpgsql volatile
as $$
#variable_conflict use_column
declare
	except_limit constant integer := 500;
	current_era bigint := pgbell.current_era();
	first_era bigint := (select m.era from pgbell.migration m where m.number = 1);
	unread_before integer;
	last_id bigint;
	left_out bigint[];
	inbox pgbell.inbox;
	done text;
begin
	select i.unread_count into unread_before
	from pgbell.inbox i
	where i.address = $1
	for update;
	left_out := array(
		select n.id
		from pgbell.notification n
		join pgbell.inbox i on i.address = $1
		where n.id in (select pgbell.changed_after($1, up_to))
			and n.user_id is not distinct from $1 and num_nulls(n.read_at) = 1
			and not pgbell.is_covered(n.id, i.read_up_to, i.read_except)
		order by n.id);
	if cardinality(left_out) > except_limit then
		raise exception 'Too much has come since the list was read. Read it again.'
			using errcode = 'PB409';
	end if;
	-- A place is beyond all ids that were given before it.
	select coalesce(n.place, n.id) into last_id
	from pgbell.notification n
	where n.user_id = $1
	order by n.user_id desc, coalesce(n.place, n.id) desc
	limit 1;
	update pgbell.inbox i
	set seq = i.seq + 1
			+ case when coalesce(i.era, first_era) = current_era then 0 else pgbell.leap() end,
		prev = case when coalesce(i.era, first_era) = current_era then null else i.seq end,
		era = current_era,
		unread_count = cardinality(left_out),
		read_up_to = last_id,
		read_up_to_at = now(),
		read_except = left_out
	where i.address = $1
	returning * into inbox;
	insert into pgbell.event (address, seq, prev, type, data, unread_count, created_at)
	values ($1, inbox.seq, inbox.prev, 'notification_read',
		jsonb_build_object('all', true, 'except', left_out), inbox.unread_count, clock_timestamp());
	done := pgbell.wake_streams(array[$1]);
	return unread_before - inbox.unread_count;
end;
$$;
