-- Function: qa.refuse_deletion(2)
--   Says why a post was not deleted: there is none, or another wrote it.
-- Parameters: what       with its article: "an answer"
--             is_there   whether there is such a one
-- Returns: never
-- Errors: PB403, PB404
-- Tables: none

create or replace function qa.refuse_deletion(what text, is_there boolean)
returns void language plpgsql immutable
set search_path = qa, pgbell, pg_temp
as $$
begin
	if is_there then
		raise exception 'Only its author deletes %.', what using errcode = 'PB403';
	end if;
	raise exception 'There is no such %.', split_part(what, ' ', 2) using errcode = 'PB404';
end;
$$;
