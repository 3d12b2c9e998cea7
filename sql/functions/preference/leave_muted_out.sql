-- Function: pgbell.leave_muted_out(0)
--   Trigger, before insert on pgbell.notification, for each row: skips the row if its person has muted it.
--   RETURNING returns nothing then, and pgbell.notify(7) null.  One that has a place already, which no
--   application may give it, was in the list before, and comes back.
-- Tables: see pgbell.may_notify(3)
-- pgbell.allow_mutes(1) makes the trigger.  With it an insert costs a twentieth more, and COPY inserts its
-- rows one at a time.

create or replace function pgbell.leave_muted_out()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
begin
	if new.place is null and exists (select from pgbell.mute m where m.user_id = new.user_id)
	and not pgbell.may_notify(new.user_id, new.kind, new.subject) then
		return null;
	end if;
	return new;
end;
$$;
