-- Function: qa.describe_comment(1)
--   A comment as its author gets it back.
-- Parameters: c, a row of qa.comment
-- Returns: {"id", "question_id", "answer_id", "body", "author", "created_at"}
-- Errors: none
-- Tables: reads qa.account

create or replace function qa.describe_comment(c qa.comment)
returns jsonb language plpgsql stable security definer
set search_path = qa, pgbell, pg_temp
as $$
begin
	return jsonb_build_object('id', c.id, 'question_id', c.question_id, 'answer_id', c.answer_id,
		'body', c.body, 'author', qa.describe_account(c.author_id),
		'created_at', pgbell.format_time(c.created_at));
end;
$$;
