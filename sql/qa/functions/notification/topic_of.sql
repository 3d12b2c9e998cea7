-- Function: qa.topic_of(1)
--   What whoever looks at a question follows, signed in or not.
-- Parameters: question_id
-- Returns: such as public:question/7
-- Errors, tables: none

create or replace function qa.topic_of(question_id bigint)
returns text language sql immutable
return 'public:' || qa.subject_of(question_id, null, null);
