-- Function: pgbell.number_at_once(0)
--   Trigger, after update or delete on pgbell.notification, for each row that was marked or deleted
--   under the setting pgbell.at_once: gives it its number there and then, behind what was noted
--   before.  For functions that change one row and return the new count; others have their changes
--   noted, and numbered at the commit.
-- Tables: see pgbell.number_note(4), pgbell.number_pending(0)
-- Form: runs as its caller, such a function; see pgbell.number_note(4).

create or replace function pgbell.number_at_once()
returns trigger language plpgsql volatile
as $$
declare
	number bigint;
begin
	if current_setting('pgbell.noted', true) <> '' then
		number := pgbell.number_pending();
	end if;
	if tg_op = 'DELETE' then
		number := pgbell.number_note(old.user_id, 'notification_deleted',
			jsonb_build_object('id', old.id), case when old.read_at is null then -1 else 0 end);
	elsif new.read_at is null then
		number := pgbell.number_note(new.user_id, 'notification_unread',
			jsonb_build_object('ids', jsonb_build_array(new.id)), 1);
	else
		number := pgbell.number_note(new.user_id, 'notification_read',
			jsonb_build_object('ids', jsonb_build_array(new.id)), -1);
	end if;
	return null;
end;
$$;
