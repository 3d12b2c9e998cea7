-- Function: qa.accept_answer(2)
--   Accepts an answer, in place of another that was accepted before.  Its author is notified, once; see
--   ../triggers/posts.sql.
-- Parameters: token, answer_id
-- Returns: {"id", "question_id", "accepted": true}
-- Errors: PB401, PB503; PB404 when there is no such answer; PB403 unless the caller asked the question
-- Tables: reads qa.question (and locks the row, so that two acceptances follow each other); writes
--   qa.answer

create or replace function qa.accept_answer(token text, answer_id bigint)
returns jsonb language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	caller qa.account := qa.require_author(token);
	asked qa.question;
begin
	select q.* into asked
	from qa.question q
	where q.id = (select a.question_id from qa.answer a where a.id = accept_answer.answer_id)
	for no key update;
	if not found then
		raise exception 'There is no such answer.' using errcode = 'PB404';
	elsif asked.author_id <> caller.id then
		raise exception 'Only who asked the question accepts an answer.' using errcode = 'PB403';
	end if;
	update qa.answer a
	set accepted_at = null
	where a.question_id = asked.id and a.accepted_at is not null
		and a.id <> accept_answer.answer_id;
	update qa.answer a
	set accepted_at = now()
	where a.id = accept_answer.answer_id and a.accepted_at is null;
	return jsonb_build_object('id', answer_id, 'question_id', asked.id, 'accepted', true);
end;
$$;
