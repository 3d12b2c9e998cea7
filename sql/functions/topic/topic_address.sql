-- Function: pgbell.topic_address(1)
--   Where a topic's log is kept: what a person's user_id is for hers.
-- Parameters: topic
-- Returns: chr(1) and the topic, which is no user_id
-- Errors: 23514 for what is no topic
-- Tables: none

create or replace function pgbell.topic_address(topic text)
returns text language sql immutable
return chr(1) || topic::pgbell.topic;
