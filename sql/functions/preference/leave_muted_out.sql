-- Function: pgbell.leave_muted_out(0)
--   Trigger, before insert on pgbell.notification, for each row: leaves out what its person has muted.  So
--   RETURNING says nothing of it, and pgbell.notify(7) returns null.
-- Tables: see pgbell.may_notify(3)
-- It is there from when pgbell.allow_mutes(1) was called: an insert costs a twentieth more with it, and
-- COPY brings its rows one by one.

create or replace function pgbell.leave_muted_out()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
begin
	if exists (select from pgbell.mute m where m.user_id = new.user_id)
	and not pgbell.may_notify(new.user_id, new.kind, new.subject) then
		return null;
	end if;
	return new;
end;
$$;
