-- Function: qa.create_answer(3)
--   Answers a question.  Its asker is notified; see ../triggers/posts.sql.
-- Parameters: token, question_id
--             body, 1 to 20,000 characters
-- Returns: as qa.describe_answer(1)
-- Errors: PB401, PB503, PB422; PB404 when there is no such question
-- Tables: writes qa.answer

create or replace function qa.create_answer(token text, question_id bigint, body text)
returns jsonb language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	caller qa.account := qa.require_author(token);
	answered qa.answer;
begin
	insert into qa.answer as a (question_id, author_id, body)
	select q.id, caller.id, qa.clean_text(create_answer.body, '/body', 20000, is_line => false)
	from qa.question q
	where q.id = create_answer.question_id
	for key share
	returning a.* into answered;
	if answered.id is null then
		raise exception 'There is no such question.' using errcode = 'PB404';
	end if;
	return qa.describe_answer(answered);
end;
$$;
