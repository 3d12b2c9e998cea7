-- Function: qa.notify_author(7)
--   Notifies the author of a post of what another person did to it, but nobody of what they did themselves.  The answers
--   to a question, and the comments on a post, are one notification while it is unread.
-- Parameters: author_id                          who is notified
--             actor_id                           who did it
--             kind                               answer, comment or accepted
--             question_id, answer_id, comment_id what it is about, null where it is not
--             body                               of the answer or comment
-- Returns: nothing
-- Errors: none
-- Tables: reads qa.question, qa.account; writes pgbell.notification

create or replace function qa.notify_author(author_id bigint, actor_id bigint, kind text,
	question_id bigint, answer_id bigint, comment_id bigint, body text)
returns void language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	title text := (select q.title from qa.question q where q.id = notify_author.question_id);
begin
	if author_id = actor_id then
		return;
	end if;
	perform pgbell.notify(author_id::text, kind,
		jsonb_strip_nulls(jsonb_build_object(
			'actor', qa.describe_account(actor_id),
			'question_id', question_id, 'answer_id', answer_id, 'comment_id', comment_id,
			'title', title, 'excerpt', qa.excerpt(body),
			'url', '#/questions/' || question_id)),
		qa.subject_of(question_id, answer_id, comment_id),
		case kind
			when 'answer' then 'answers to ' || qa.subject_of(question_id, null, null)
			when 'comment' then 'comments on ' || qa.subject_of(question_id, answer_id, null)
		end);
end;
$$;
