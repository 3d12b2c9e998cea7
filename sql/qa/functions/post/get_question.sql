-- Function: qa.get_question(2)
--   A question with its answers (the accepted one first, then the oldest) and all comments.
-- Parameters: token, not looked at
--             id
-- Returns: {"id", "title", "body", "author", "created_at", "accepted_answer_id", "comments",
--   "answers": [{as qa.describe_answer(1), "comments"}], "topic", "seq"}, comments as
--   qa.list_comments(2) returns them.  From seq on, of the same snapshot, topic tells what changes
-- Errors: PB404
-- Tables: reads qa.question, qa.answer, qa.comment, qa.account

create or replace function qa.get_question(token text, id bigint)
returns jsonb language plpgsql stable security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	asked qa.question;
	answers jsonb;
	accepted_answer_id bigint;
begin
	select q.* into asked from qa.question q where q.id = get_question.id;
	if not found then
		raise exception 'There is no such question.' using errcode = 'PB404';
	end if;
	select jsonb_agg(qa.describe_answer(a)
			|| jsonb_build_object('comments', qa.list_comments(a.question_id, a.id))
			order by a.accepted_at is null, a.id),
		max(a.id) filter (where a.accepted_at is not null)
	into answers, accepted_answer_id
	from qa.answer a
	where a.question_id = asked.id;
	return jsonb_build_object('id', asked.id, 'title', asked.title, 'body', asked.body,
		'author', qa.describe_account(asked.author_id),
		'created_at', pgbell.format_time(asked.created_at),
		'accepted_answer_id', accepted_answer_id,
		'comments', qa.list_comments(asked.id, null),
		'answers', coalesce(answers, '[]'),
		'topic', qa.topic_of(asked.id), 'seq', pgbell.topic_seq(qa.topic_of(asked.id)));
end;
$$;
