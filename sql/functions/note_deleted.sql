-- Function: pgbell.note_deleted(0)
--   Trigger, after delete on pgbell.notification, once per statement: notes notification_deleted,
--   one for each.
-- Tables: reads the transition table deleted; writes pgbell.pending

create or replace function pgbell.note_deleted()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
	is_first boolean := not exists (
		select from pgbell.pending p where p.txid = pg_current_xact_id());
begin
	insert into pgbell.pending (user_id, type, data, delta, first)
	select n.user_id, 'notification_deleted', jsonb_build_object('id', n.id),
		case when n.read_at is null then -1 else 0 end,
		is_first and row_number() over (order by n.id) = 1
	from deleted n
	order by n.id;
	return null;
end;
$$;
