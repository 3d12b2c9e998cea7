-- Function: pgbell.note_updated(0)
--   Trigger, after update on pgbell.notification, for each row that was marked or changed: notes it,
--   and whether it was unread before the transaction.
-- Tables: writes pgbell.pending
-- By row, for most statements mark one: to join a statement's rows before and after takes twice as
-- long.  If something is noted already, one of these notes will have the transaction numbered.

create or replace function pgbell.note_updated()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	self xid8 := pg_current_xact_id();
	is_again boolean := new.place is distinct from old.place;
	has_changed boolean := is_again or new.kind <> old.kind or new.data <> old.data
		or new.created_at <> old.created_at;
begin
	insert into pgbell.pending as p (txid, id, address, was_unread, is_changed, is_again, is_first)
	values (self, new.id, new.user_id, old.read_at is null, has_changed, is_again,
		not exists (select from pgbell.pending q where q.txid = self))
	on conflict (txid, address, id) do update
	set kind = null, is_changed = p.is_changed or excluded.is_changed, is_again = p.is_again or excluded.is_again;
	return null;
end;
$$;
