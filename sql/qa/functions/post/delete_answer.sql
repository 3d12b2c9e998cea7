-- Function: qa.delete_answer(2)
--   Deletes an answer of the caller's.  Its comments and the notifications about them go along.
-- Parameters: token, id
-- Returns: null
-- Errors: PB401, PB503; PB404 when there is no such answer; PB403 when another wrote it
-- Tables: deletes from qa.answer; see qa.forget_post(0)

create or replace function qa.delete_answer(token text, id bigint)
returns jsonb language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	caller qa.account := qa.require_author(token);
begin
	delete from qa.answer p where p.id = delete_answer.id and p.author_id = caller.id;
	if not found then
		perform qa.refuse_deletion('an answer', exists (
			select from qa.answer p where p.id = delete_answer.id));
	end if;
	return null;
end;
$$;
