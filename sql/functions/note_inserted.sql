-- Function: pgbell.note_inserted(0)
--   Trigger, after insert on pgbell.notification, once per statement: notes new_notification.
-- Tables: reads the transition table inserted; writes pgbell.pending
-- See triggers/notification.sql for how notes become events.

create or replace function pgbell.note_inserted()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set jit = off
as $$
begin
	insert into pgbell.pending (user_id, type, data, delta, first)
	select n.user_id, 'new_notification',
		jsonb_build_object('id', n.id, 'kind', n.kind, 'data', n.data,
			'created_at', pgbell.format_time(n.created_at)),
		case when n.read_at is null then 1 else 0 end,
		row_number() over () = 1
	from inserted n;
	return null;
end;
$$;
