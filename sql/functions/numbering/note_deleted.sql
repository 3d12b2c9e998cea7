-- Function: pgbell.note_deleted(0)
--   Trigger, after delete on pgbell.notification, once per statement: notes that these were there, and
--   whether they were unread before the transaction.
-- Tables: reads the transition table deleted; writes pgbell.pending

create or replace function pgbell.note_deleted()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set jit = off
as $$
begin
	insert into pgbell.pending (id, address, was_unread, is_gone, is_first)
	select n.id, n.user_id, n.read_at is null, true, row_number() over () = 1
	from deleted n
	on conflict (txid, address, id) do update set is_gone = true, kind = null;
	return null;
end;
$$;
