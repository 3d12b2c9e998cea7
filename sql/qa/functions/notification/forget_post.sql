-- Function: qa.forget_post(0)
--   Trigger, before each deletion of a post, also one that takes another along: takes back the
--   notifications about it and about all under it.
-- Tables: see pgbell.delete_subject(1)
-- With the last answer to a question, or comment on a post, goes the notification that counts several.
-- Before, because then one statement removes all below a question in the order of their ids, ahead
-- of the cascade; and with the post locked, so nobody can be adding to it.

create or replace function qa.forget_post()
returns trigger language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	subject text;
	is_last boolean := false;
begin
	-- One statement each: a post's row has only the columns of its own table.
	if tg_table_name = 'question' then
		subject := qa.subject_of(old.id, null, null);
	elsif tg_table_name = 'answer' then
		subject := qa.subject_of(old.question_id, old.id, null);
		is_last := not exists (
			select from qa.answer a where a.question_id = old.question_id and a.id <> old.id);
	else
		subject := qa.subject_of(old.question_id, old.answer_id, old.id);
		is_last := not exists (
			select from qa.comment c
			where c.question_id = old.question_id and c.answer_id is not distinct from old.answer_id
				and c.id <> old.id);
	end if;
	if is_last then
		subject := regexp_replace(subject, '/[^/]*$', '');
	end if;
	perform pgbell.delete_subject(subject);
	return old;
end;
$$;
