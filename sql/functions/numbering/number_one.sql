-- Function: pgbell.number_one(4)
--   Gives the one notification that a transaction has noted its number: what pgbell.number_many(0) does for
--   many.
-- Parameters: id, person, was_unread, is_changed   of the note
-- Returns: true if it is done; false where something is rare: see pgbell.log_one(4).  Then nothing is
--   changed
-- Errors: none
-- Tables: reads pgbell.notification; see pgbell.log_one(4)
-- Form: as pgbell.log_one(4)

create or replace function pgbell.number_one(id bigint, person text, was_unread boolean,
	is_changed boolean)
returns boolean language plpgsql volatile
as $$
declare
	n pgbell.notification;
	delta integer;
	change text;
	event_data jsonb;
begin
	select m.* into n
	from pgbell.notification m
	where m.id = $1 and m.user_id is not distinct from person;
	delta := (n.id is not null and n.read_at is null)::integer - (was_unread is true)::integer;
	change := pgbell.name_change(was_unread, is_changed, n.id is not null, delta);
	if change is null then
		return true;
	elsif change in ('new_notification', 'notification_changed') then
		event_data := pgbell.describe_event(n, n.read_at);
	elsif change = 'notification_deleted' then
		event_data := jsonb_build_object('id', $1);
	else
		event_data := jsonb_build_object('ids', jsonb_build_array($1));
	end if;

	return (pgbell.log_one(person, change, event_data, delta)).seq is not null;
end;
$$;
