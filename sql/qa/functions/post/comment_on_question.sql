-- Function: qa.comment_on_question(3)
--   Comments on a question.  Its asker is notified; see ../triggers/posts.sql.
-- Parameters: token, question_id
--             body, 1 to 2,000 characters
-- Returns: {"id", "question_id", "answer_id": null, "body", "author", "created_at"}
-- Errors: PB401, PB503, PB422; PB404 when there is no such question
-- Tables: writes qa.comment

create or replace function qa.comment_on_question(token text, question_id bigint, body text)
returns jsonb language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	caller qa.account := qa.require_author(token);
	commented qa.comment;
begin
	insert into qa.comment as c (question_id, author_id, body)
	select q.id, caller.id,
		qa.clean_text(comment_on_question.body, '/body', 2000, is_line => false)
	from qa.question q
	where q.id = comment_on_question.question_id
	for key share
	returning c.* into commented;
	if commented.id is null then
		raise exception 'There is no such question.' using errcode = 'PB404';
	end if;
	return qa.describe_comment(commented);
end;
$$;
