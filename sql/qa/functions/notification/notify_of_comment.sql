-- Function: qa.notify_of_comment(0)
--   Trigger, for each new comment: notifies the author of the answer it is on, or else of the
--   question.
-- Tables: reads qa.question, qa.answer; see qa.notify_author(7)

create or replace function qa.notify_of_comment()
returns trigger language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
begin
	perform qa.notify_author(coalesce(a.author_id, q.author_id), new.author_id, 'comment',
		q.id, a.id, new.id, new.body)
	from qa.question q
	left join qa.answer a on a.id = new.answer_id
	where q.id = new.question_id;
	return null;
end;
$$;
