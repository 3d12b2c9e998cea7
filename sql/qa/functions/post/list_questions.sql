-- Function: qa.list_questions(3)
--   All questions, newest first.
-- Parameters: token    not looked at
--             lim      at most so many, 1 to 100; 20 by default
--             before   only those with a smaller id: the "next" of the page before
-- Returns: {"questions": [{"id", "title", "excerpt", "author", "created_at", "answer_count",
--   "accepted"}], "next"}; next is null on the last page
-- Errors: none
-- Tables: reads qa.question, qa.answer, qa.account

create or replace function qa.list_questions(token text default null, lim integer default 20,
	before bigint default null)
returns jsonb language plpgsql stable security definer
set search_path = qa, pgbell, pg_temp
set jit = off
as $$
declare
	page_size integer := least(greatest(coalesce(lim, 20), 1), 100);
	page jsonb[];
	next bigint;
begin
	page := array(
		select jsonb_build_object('id', q.id, 'title', q.title, 'excerpt', qa.excerpt(q.body),
			'author', qa.describe_account(q.author_id),
			'created_at', pgbell.format_time(q.created_at),
			'answer_count', (select count(*) from qa.answer a where a.question_id = q.id),
			'accepted', exists (select from qa.answer a
				where a.question_id = q.id and a.accepted_at is not null))
		from qa.question q
		where before is null or q.id < before
		order by q.id desc
		limit page_size + 1);
	-- One more than the page was read, only to know whether there is more.
	if cardinality(page) > page_size then
		page := trim_array(page, 1);
		next := page[page_size] -> 'id';
	end if;
	return jsonb_build_object('questions', to_jsonb(page), 'next', next);
end;
$$;
