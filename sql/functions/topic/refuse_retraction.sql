-- Function: pgbell.refuse_retraction(0)
--   Trigger, instead of update or delete on pgbell.publication: what was published has been told.
-- Errors: 0A000, always
-- Tables: none

create or replace function pgbell.refuse_retraction()
returns trigger language plpgsql
set search_path = pgbell, pg_temp
as $$
begin
	raise exception 'what was published cannot be changed or taken back'
		using errcode = 'feature_not_supported',
		hint = 'Publish what is so now; pgbell.trim(2) deletes what is old.';
end;
$$;
