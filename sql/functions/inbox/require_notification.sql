-- Function: pgbell.require_notification(2)
--   Raises an error unless the person has this notification; the same error where another person has it.
-- Parameters: user_id, id
-- Returns: nothing
-- Errors: PB404
-- Tables: reads pgbell.notification

create or replace function pgbell.require_notification(user_id text, id bigint)
returns void language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
begin
	if not exists (select from pgbell.notification n where n.id = $2 and n.user_id is not distinct from $1) then
		raise exception 'You have no such notification.' using errcode = 'PB404';
	end if;
end;
$$;
