-- Function: pgbell.number_one(1)
--   Gives the one thing that a transaction has noted its number: locks the person's inbox, counts,
--   logs, and rings.  What pgbell.number_pending(0) does for many, for the transaction that has touched
--   one notification, as most have: at a third of the time.
-- Parameters: self, this transaction
-- Returns: true if it is done; false where more is noted, or something rare has to be seen to: an era
--   that begins, a person without an inbox, a count below zero, rows that do not say that they are read.  Then nothing is changed
-- Errors: none
-- Tables: reads and empties pgbell.pending; reads pgbell.notification; writes pgbell.inbox, pgbell.event
-- Form: this is the path of every insert, so it is kept short.  It runs as its caller, who has
-- pinned the search_path: a SET of its own would cost as much as an index look-up.  Functions are
-- called in assignments, which are evaluated at once, and not by PERFORM, which is a query.  A
-- variable has the domain of its column, whose check would be made again at each use otherwise.

create or replace function pgbell.number_one(self xid8)
returns boolean language plpgsql volatile
as $$
#variable_conflict use_column
declare
	noted_id bigint;
	person pgbell.user_id;
	was_there_unread boolean;
	was_changed boolean;
	n record;
	delta integer;
	change pgbell.event_type;
	told jsonb;
	number bigint;
	unread integer;
	done text;
begin
	delete from pgbell.pending p
	where p.txid = self and not exists (
		select from pgbell.pending q where q.txid = self offset 1
	)
	returning p.id, p.user_id, p.was_unread, p.is_changed
	into noted_id, person, was_there_unread, was_changed;
	if noted_id is null then
		return false;
	end if;

	select m.id, m.kind, m.data, m.created_at, m.read_at into n
	from pgbell.notification m
	where m.id = noted_id and m.user_id = person;
	delta := (n.id is not null and n.read_at is null)::integer
		- (was_there_unread is true)::integer;
	change := pgbell.name_change(was_there_unread, was_changed, n.id is not null, delta);
	if change is null then
		return true;
	elsif change in ('new_notification', 'notification_changed') then
		told := pgbell.describe_event(n.id, n.kind, n.data, n.created_at, n.read_at);
	elsif change = 'notification_deleted' then
		told := jsonb_build_object('id', noted_id);
	else
		told := jsonb_build_object('ids', jsonb_build_array(noted_id));
	end if;

	update pgbell.inbox i
	set seq = i.seq + 1, unread_count = i.unread_count + delta
	where i.user_id = person and i.era = pgbell.current_era() and i.read_up_to is null
		and i.unread_count + delta >= 0
	returning i.seq, i.unread_count into number, unread;
	if number is null then
		insert into pgbell.pending (txid, id, user_id, was_unread, is_changed)
		values (self, noted_id, person, was_there_unread, was_changed);
		return false;
	end if;
	-- The time is taken when the inbox is locked: a person's times rise with the numbers.
	insert into pgbell.event (user_id, seq, type, data, unread_count, created_at)
	values (person, number, change, told, unread, clock_timestamp());
	done := pgbell.tell(array[person::text]);
	return true;
end;
$$;
