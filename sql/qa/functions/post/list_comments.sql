-- Function: qa.list_comments(2)
--   The comments on a question, or on one of its answers, oldest first.
-- Parameters: question_id
--             answer_id, null for the question itself
-- Returns: [{"id", "body", "author", "created_at"}]
-- Errors: none
-- Tables: reads qa.comment, qa.account

create or replace function qa.list_comments(question_id bigint, answer_id bigint)
returns jsonb language plpgsql stable security definer
set search_path = qa, pgbell, pg_temp
as $$
begin
	return coalesce(
		(select jsonb_agg(jsonb_build_object('id', c.id, 'body', c.body,
				'author', qa.describe_account(c.author_id),
				'created_at', pgbell.format_time(c.created_at)) order by c.id)
		from qa.comment c
		where c.question_id = $1 and c.answer_id is not distinct from $2),
		'[]');
end;
$$;
