-- Function: pgbell.note_unread(0)
--   Trigger, after update of read_at on pgbell.notification, for each row that has none before and
--   after: it may count as read all the same (pgbell.is_covered(3)), and then this makes it unread.
-- Tables: reads pgbell.inbox; writes pgbell.pending
-- It comes before pgbell.note_updated(0), which finds the row noted.

create or replace function pgbell.note_unread()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
begin
	insert into pgbell.pending as p (id, address, was_unread, fires)
	select new.id, new.user_id, false, not exists (select from pgbell.pending q where q.txid = pg_current_xact_id())
	from pgbell.inbox i
	where i.address = new.user_id and pgbell.is_covered(new.id, i.read_up_to, i.read_except)
	on conflict (txid, address, id) do update
	set inserted = null, was_unread = case when p.was_unread then false else p.was_unread end;
	return null;
end;
$$;
