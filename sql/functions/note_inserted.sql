-- Function: pgbell.note_inserted(0)
--   Trigger, after insert on pgbell.notification, once per statement: notes new_notification, but
--   for the transaction's first, which pgbell.number_inserted(0) has in hand.
-- Tables: reads the transition table inserted; writes pgbell.pending
-- See triggers/notification.sql for how notes become events.

create or replace function pgbell.note_inserted()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set jit = off
as $$
declare
	noted text[] := string_to_array(current_setting('pgbell.noted'), ' ');
begin
	insert into pgbell.pending (user_id, type, data, delta, first)
	select n.user_id, 'new_notification',
		pgbell.describe_new(n.id, n.kind, n.data, n.created_at),
		case when n.read_at is null then 1 else 0 end,
		row_number() over () = 1
	from inserted n
	where n.id::text <> all (noted);
	return null;
end;
$$;
