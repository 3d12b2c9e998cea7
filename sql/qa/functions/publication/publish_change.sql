-- Function: qa.publish_change(0)
--   Trigger, after each change of what a post says, and after its deletion: tells those who look at the
--   question which it was, {"question_id"}, with "answer_id" and "comment_id" where it is one or on one.
-- Tables: reads qa.question, qa.answer; see qa.publish_post(3)
-- What goes along with what it stood on is not told of besides.

create or replace function qa.publish_change()
returns trigger language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	question_id bigint;
	answer_id bigint;
	comment_id bigint;
begin
	-- One statement each: a post's row has only the columns of its own table.
	if tg_table_name = 'question' then
		question_id := old.id;
	elsif tg_table_name = 'answer' then
		question_id := old.question_id;
		answer_id := old.id;
	else
		question_id := old.question_id;
		answer_id := old.answer_id;
		comment_id := old.id;
	end if;
	if tg_table_name <> 'question' and not exists (select from qa.question q where q.id = question_id)
		or comment_id is not null and answer_id is not null
			and not exists (select from qa.answer a where a.id = answer_id)
	then
		return null;
	end if;
	perform qa.publish_post(question_id, case tg_op when 'UPDATE' then 'changed' else 'deleted' end,
		jsonb_build_object('question_id', question_id, 'answer_id', answer_id, 'comment_id', comment_id));
	return null;
end;
$$;
