-- Function: qa.delete_comment(2)
--   Deletes a comment of the caller's.  The notification about it goes along.
-- Parameters: token, id
-- Returns: null
-- Errors: PB401, PB503; PB404 when there is no such comment; PB403 when another wrote it
-- Tables: deletes from qa.comment; see qa.forget_post(0)

create or replace function qa.delete_comment(token text, id bigint)
returns jsonb language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	caller qa.account := qa.require_author(token);
begin
	delete from qa.comment p where p.id = delete_comment.id and p.author_id = caller.id;
	if not found then
		perform qa.refuse_deletion('a comment', exists (
			select from qa.comment p where p.id = delete_comment.id));
	end if;
	return null;
end;
$$;
