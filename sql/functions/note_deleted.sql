-- Function: pgbell.note_deleted(0)
--   Trigger, after delete on pgbell.notification, once per statement: notes notification_deleted,
--   one for each.
-- Tables: reads the transition table deleted; writes pgbell.pending

create or replace function pgbell.note_deleted()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set jit = off
as $$
declare
	is_first boolean;
begin
	insert into pgbell.pending (user_id, type, data, delta, first)
	select n.user_id, 'notification_deleted', jsonb_build_object('id', n.id),
		case when n.read_at is null then -1 else 0 end,
		row_number() over () = 1
	from deleted n;
	if found then
		is_first := pgbell.is_first_note(null);
	end if;
	return null;
end;
$$;
