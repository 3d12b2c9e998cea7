-- Function: pgbell.note_deleted(0)
--   Trigger, after delete on pgbell.notification, once per statement: notes that these were there, and
--   whether they were unread before the transaction.
-- Tables: reads the transition table deleted; writes pgbell.pending
-- One may be there again under its id, for a trigger of the application's has inserted it anew before this
-- trigger's turn: then it has changed.  Or its own statement has: then note_inserted comes behind this, and knows it
-- by is_twice.

create or replace function pgbell.note_deleted()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set jit = off
as $$
begin
	insert into pgbell.pending as p (id, address, was_unread, is_gone, fires)
	select n.id, n.user_id, n.read_at is null, true, row_number() over () = 1
			and not exists (select from pgbell.pending q where q.txid = pg_current_xact_id())
	from deleted n
	on conflict (txid, address, id) do update
	set inserted = null, is_twice = p.is_gone or (p.was_unread is not null and pgbell.is_there(p.id, p.address)),
		is_gone = not pgbell.is_there(p.id, p.address),
		is_changed = p.is_changed or pgbell.is_there(p.id, p.address),
		was_unread = case when p.was_unread is null and not p.is_gone and pgbell.is_there(p.id, p.address)
			then excluded.was_unread else p.was_unread end;
	return null;
end;
$$;
