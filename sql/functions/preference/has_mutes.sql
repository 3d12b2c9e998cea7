-- Function: pgbell.has_mutes(0)
--   Whether people can mute: pgbell.allow_mutes(1) was called.
-- Returns: true or false
-- Errors, tables: none

create or replace function pgbell.has_mutes()
returns boolean language sql stable
set search_path = pgbell, pg_temp
as $$
	select exists (
		select from pg_trigger t
		where t.tgrelid = 'pgbell.notification'::regclass and t.tgname = 'leave_muted_out');
$$;
