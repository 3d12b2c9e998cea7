-- Function: pgbell.allow_mutes(1)
--   Lets people mute kinds and subjects: until this was called nobody can, and nothing looks for it.
-- Parameters: never   kinds that cannot be muted, all of them; may be called again with others
-- Returns: nothing
-- Errors: 23514 for what is no kind; 55P03 where somebody writes notifications all the time: try again
-- Tables: writes pgbell.unmutable_kind; makes a trigger of pgbell.notification, once
-- Callers: the owner.  Undone by: drop trigger leave_muted_out on pgbell.notification
-- Locks: those who write notifications wait while the trigger is made, a moment; for those who write
--   already it waits in short tries, so that nobody queues behind it.

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
