-- Function: qa.notify_of_answer(0)
--   Trigger, for each new answer: notifies the asker of the question.
-- Tables: reads qa.question; see qa.notify_author(7)

create or replace function qa.notify_of_answer()
returns trigger language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
begin
	perform qa.notify_author(q.author_id, new.author_id, 'answer', q.id, new.id, null, new.body)
	from qa.question q
	where q.id = new.question_id;
	return null;
end;
$$;
