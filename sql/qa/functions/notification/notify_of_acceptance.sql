-- Function: qa.notify_of_acceptance(0)
--   Trigger, for each answer that is accepted: notifies its author.
-- Tables: reads qa.question; see qa.notify_author(7)

create or replace function qa.notify_of_acceptance()
returns trigger language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
begin
	perform qa.notify_author(new.author_id, q.author_id, 'accepted', q.id, new.id, null, new.body)
	from qa.question q
	where q.id = new.question_id;
	return null;
end;
$$;
