-- Function: pgbell.allow_mutes(1)
--   Lets people mute kinds and subjects.  Before the first call nobody can, and an insert costs nothing for
--   it.
-- Parameters: never   all kinds that cannot be muted; another call replaces them
-- Returns: nothing
-- Errors: 23514 for what is no kind; 55P03 where notifications are written all the time: call it again
-- Tables: writes pgbell.unmutable_kind; makes a trigger of pgbell.notification, once
-- Callers: the owner.  Undone by: drop trigger leave_muted_out on pgbell.notification
-- Locks: writers of notifications wait for a moment while the trigger is made.  The call waits for running
--   writers in short tries, so that no others queue behind it.

create or replace function pgbell.allow_mutes(never text[] default '{}')
returns void language plpgsql volatile
set search_path = pgbell, pg_temp
set lock_timeout = '100ms'
as $$
declare
	tries integer := 0;
begin
	delete from pgbell.unmutable_kind u where u.kind <> all (coalesce(never, '{}'));
	insert into pgbell.unmutable_kind (kind) select unnest(never) on conflict do nothing;
	loop
		exit when pgbell.has_mutes();
		begin
			create trigger leave_muted_out before insert on pgbell.notification
			for each row execute function pgbell.leave_muted_out();
		exception when lock_not_available then
			tries := tries + 1;
			if tries = 100 then
				raise;
			end if;
			perform pg_sleep(0.1 + 0.1 * random());
		end;
	end loop;
end;
$$;
