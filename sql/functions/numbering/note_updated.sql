-- Function: pgbell.note_updated(0)
--   Trigger, after update on pgbell.notification, for each row that was marked or changed: notes it,
--   and whether it was unread before the transaction; or, where pgbell.mark_one(3) marks it, as it is then,
--   since that one numbers the mark.
-- Errors: 0A000 where a trigger of the application's has given it to another person, or another id
-- Tables: writes pgbell.pending
-- It is the first trigger of its row.  But that of another row of the same statement may have deleted this one
-- before: then it is noted as it was deleted, and not as it was before (is_gone, and no note before that).
-- By row, for most statements mark one: to join a statement's rows before and after takes twice as
-- long.  If something is noted already, one of these notes will have the transaction numbered.

create or replace function pgbell.note_updated()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	self xid8 := pg_current_xact_id();
	is_merged boolean := new.place is distinct from old.place;
	has_changed boolean := is_merged or new.kind <> old.kind or new.data <> old.data
		or new.created_at <> old.created_at or new.subject is distinct from old.subject;
	counted_as_read boolean := false;
begin
	if new.user_id <> old.user_id or new.id <> old.id then
		raise exception 'a trigger has changed the id or user_id of a notification'
			using errcode = 'feature_not_supported',
			hint = 'Delete the notification and insert another.';
	end if;
	if is_merged and new.count is null then -- it begins anew, as pgbell.collapse(0) says
		counted_as_read := exists (
			select from pgbell.inbox i
			where i.address = new.user_id and pgbell.is_covered(new.id, i.read_up_to, i.read_except));
	end if;
	insert into pgbell.pending as p (txid, id, address, was_unread, is_changed, is_merged, fires)
	values (self, new.id, new.user_id,
		case when new.own_marks is distinct from old.own_marks then new.read_at else old.read_at end is null
			and not counted_as_read,
		has_changed, is_merged,
		not exists (select from pgbell.pending q where q.txid = self))
	on conflict (txid, address, id) do update
	set inserted = null, was_unread = case
			when p.is_gone and p.is_twice is null then excluded.was_unread
			when p.was_unread then not counted_as_read
			else p.was_unread
		end,
		is_changed = p.is_changed or excluded.is_changed, is_merged = p.is_merged or excluded.is_merged;
	return null;
end;
$$;
