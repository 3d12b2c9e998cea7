-- Function: pgbell.refuse_change(0)
--   Trigger: a notification's id and person never change, and the table is not truncated, because
--   neither could be told to the people concerned.
-- Errors: 0A000, always
-- Tables: none

create or replace function pgbell.refuse_change()
returns trigger language plpgsql
set search_path = pgbell, pg_temp
as $$
begin
	if tg_op = 'TRUNCATE' then
		raise exception 'pgbell.notification cannot be truncated'
			using errcode = 'feature_not_supported',
			hint = 'Use DELETE: each deletion is an event, and changes the count.';
	end if;
	raise exception 'the id and user_id of a notification cannot be changed'
		using errcode = 'feature_not_supported',
		hint = 'Delete the notification and insert another.';
end;
$$;
