-- Function: pgbell.may_follow(2)
--   Whether a person may follow a topic.
-- Parameters: user_id   of the person; null: a visitor, of whom nothing is known
--             topic
-- Returns: true if so; false or null if not
-- Errors: none; what it raises is a no, see pgbell.lets_follow(2)
-- Tables: none
-- Callers: pgbell.lets_follow(2): when a stream begins to follow, every PGBELL_FLOOR_S while it does, when
--   pgbell.ring_topics(1) has it asked again, and for each page that is read without a stream
-- Replaceable: an application replaces this function by its own of the same signature, which looks into
-- its own tables, and calls pgbell.ring_topics(1) when somebody may follow no longer.  This one lets
-- everybody follow public:…, and nobody anything else.  install.sql leaves a replaced function alone.

create or replace function pgbell.may_follow(user_id text, topic text)
returns boolean language sql stable
as $$
	select starts_with($2, 'public:')
$$;
