-- Function: qa.comment_on_answer(3)
--   Comments on an answer.  Its author is notified; see ../triggers/posts.sql.
-- Parameters: token, answer_id
--             body, 1 to 2,000 characters
-- Returns: {"id", "question_id", "answer_id", "body", "author", "created_at"}
-- Errors: PB401, PB503, PB422; PB404 when there is no such answer
-- Tables: writes qa.comment
-- The question is locked before the answer, as a deletion of the question does.

create or replace function qa.comment_on_answer(token text, answer_id bigint, body text)
returns jsonb language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	caller qa.account := qa.require_author(token);
	commented qa.comment;
begin
	perform from qa.question q
	where q.id = (select a.question_id from qa.answer a where a.id = comment_on_answer.answer_id)
	for key share;
	insert into qa.comment as c (question_id, answer_id, author_id, body)
	select a.question_id, a.id, caller.id,
		qa.clean_text(comment_on_answer.body, '/body', 2000, is_line => false)
	from qa.answer a
	where a.id = comment_on_answer.answer_id
	for key share
	returning c.* into commented;
	if commented.id is null then
		raise exception 'There is no such answer.' using errcode = 'PB404';
	end if;
	return qa.describe_comment(commented);
end;
$$;
