-- Function: pgbell.number_one(1)
--   Gives the one thing that a transaction has noted its number.  What pgbell.number_many(0) does for
--   many, for the transaction that has touched one notification, as most have: at a third of the time.
-- Parameters: self, this transaction
-- Returns: true if it is done; false where more is noted, or something is rare: see pgbell.log_one(4).
--   Then nothing is changed
-- Errors: none
-- Tables: reads and empties pgbell.pending; reads pgbell.notification; see pgbell.log_one(4)
-- Form: as pgbell.log_one(4)

create or replace function pgbell.number_one(self xid8)
returns boolean language plpgsql volatile
as $$
#variable_conflict use_column
declare
	noted_id bigint;
	person pgbell.user_id;
	was_there_unread boolean;
	was_changed boolean;
	was_again boolean;
	n record;
	delta integer;
	change pgbell.event_type;
	told jsonb;
	logged record;
begin
	delete from pgbell.pending p
	where p.txid = self and not exists (
		select from pgbell.pending q where q.txid = self offset 1
	)
	returning p.id, p.user_id, p.was_unread, p.is_changed, p.is_again
	into noted_id, person, was_there_unread, was_changed, was_again;
	if noted_id is null then
		return false;
	end if;

	select m.id, m.kind, m.data, m.created_at, m.read_at, m.count, m.actors, m.place into n
	from pgbell.notification m
	where m.id = noted_id and m.user_id is not distinct from person;
	delta := (n.id is not null and n.read_at is null)::integer
		- (was_there_unread is true)::integer;
	change := pgbell.name_change(was_there_unread, was_changed, n.id is not null, delta);
	if change is null then
		return true;
	elsif change in ('new_notification', 'notification_changed') then
		told := pgbell.describe_event(n.id, n.kind, n.data, n.created_at, n.read_at);
		if n.place is not null then
			told := told || pgbell.describe_again(n.count, n.actors, n.place);
		end if;
	elsif change = 'notification_deleted' then
		told := jsonb_build_object('id', noted_id);
	else
		told := jsonb_build_object('ids', jsonb_build_array(noted_id));
	end if;

	logged := pgbell.log_one(person, change, told, delta);
	if logged.seq is null then
		insert into pgbell.pending (txid, id, user_id, was_unread, is_changed, is_again)
		values (self, noted_id, person, was_there_unread, was_changed, was_again);
		return false;
	end if;
	return true;
end;
$$;
