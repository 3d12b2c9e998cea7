-- Function: qa.subject_of(3)
--   The path of a post, by which its notifications are found again; see pgbell.delete_subject(1).
-- Parameters: question_id
--             answer_id, comment_id, null where the post is none and is not on one
-- Returns: such as question/7/answer/9/comment/12
-- Errors, tables: none

create or replace function qa.subject_of(question_id bigint, answer_id bigint, comment_id bigint)
returns text language sql immutable
return 'question/' || question_id || coalesce('/answer/' || answer_id, '')
	|| coalesce('/comment/' || comment_id, '');
