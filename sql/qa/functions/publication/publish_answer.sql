-- Function: qa.publish_answer(0)
--   Trigger, for each new answer: tells those who look at its question, as qa.describe_answer(1) has it.
-- Tables: see qa.publish_post(3)

create or replace function qa.publish_answer()
returns trigger language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
begin
	perform qa.publish_post(new.question_id, 'answer', qa.describe_answer(new));
	return null;
end;
$$;
