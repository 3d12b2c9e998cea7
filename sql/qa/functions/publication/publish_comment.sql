-- Function: qa.publish_comment(0)
--   Trigger, for each new comment: tells those who look at its question, as qa.describe_comment(1) has it.
-- Tables: see qa.publish_post(3)

create or replace function qa.publish_comment()
returns trigger language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
begin
	perform qa.publish_post(new.question_id, 'comment', qa.describe_comment(new));
	return null;
end;
$$;
