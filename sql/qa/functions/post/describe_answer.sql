-- Function: qa.describe_answer(1)
--   An answer as pages show it, without its comments.
-- Parameters: a, a row of qa.answer
-- Returns: {"id", "question_id", "body", "author", "created_at", "accepted"}
-- Errors: none
-- Tables: reads qa.account

create or replace function qa.describe_answer(a qa.answer)
returns jsonb language plpgsql stable security definer
set search_path = qa, pgbell, pg_temp
as $$
begin
	return jsonb_build_object('id', a.id, 'question_id', a.question_id, 'body', a.body,
		'author', qa.describe_account(a.author_id), 'created_at', pgbell.format_time(a.created_at),
		'accepted', a.accepted_at is not null);
end;
$$;
