-- Function: qa.delete_question(2)
--   Deletes a question of the caller's.  Its answers, all comments and the notifications about them
--   go along.
-- Parameters: token, id
-- Returns: null
-- Errors: PB401, PB503; PB404 when there is no such question; PB403 when another wrote it
-- Tables: deletes from qa.question; see qa.forget_post(0)

create or replace function qa.delete_question(token text, id bigint)
returns jsonb language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	caller qa.account := qa.require_author(token);
begin
	delete from qa.question p where p.id = delete_question.id and p.author_id = caller.id;
	if not found then
		perform qa.refuse_deletion('a question', exists (
			select from qa.question p where p.id = delete_question.id));
	end if;
	return null;
end;
$$;
