-- Function: pgbell.note_inserted(0)
--   Trigger, after insert on pgbell.notification, once per statement: notes that these were not there
--   before.
-- Tables: reads the transition table inserted; writes pgbell.pending
-- What its event will say is noted along, where that is little: most are told as they were inserted, and
-- the row is not looked for again.  A later note of it takes that away.
-- One that this transaction has deleted, and that comes again under its id, has changed.  But one may
-- be noted already because a trigger of the application's, or a function in the same statement, has
-- updated or deleted it before this trigger's turn: it was not there before all the same.

create or replace function pgbell.note_inserted()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	small constant integer := 1000; -- bytes, which are copied faster than looked for
	self xid8 := pg_current_xact_id();
begin
	insert into pgbell.pending as p (id, address, fires, inserted)
	select n.id, n.user_id,
		not exists (select from pgbell.pending q where q.txid = self) and n.id = (select f.id from inserted f limit 1),
		case when n.read_at is null and n.place is null and pg_column_size(n.data) < small
			then pgbell.describe_event(n::pgbell.notification, null) end
	from inserted n
	on conflict (txid, address, id) do update
	set inserted = null, is_changed = p.is_gone or p.is_twice is true, is_gone = not pgbell.is_there(p.id, p.address),
		is_twice = null,
		was_unread = case when p.is_twice or p.is_gone and pgbell.is_there(p.id, p.address) then p.was_unread end;
	return null;
end;
$$;
