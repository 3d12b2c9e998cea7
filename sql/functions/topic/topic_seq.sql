-- Function: pgbell.topic_seq(1)
--   The number of what was last published to a topic, in the snapshot of the statement that asks: a page
--   made of that snapshot follows the topic from there on, and misses nothing.
-- Parameters: topic
-- Returns: its seq; 0 where nothing was published yet
-- Errors: 23514 for what is no topic
-- Tables: reads pgbell.inbox
-- Callers: the owner; may be granted to applications

create or replace function pgbell.topic_seq(topic text)
returns bigint language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
begin
	return coalesce((select i.seq from pgbell.inbox i where i.address = pgbell.topic_address(topic)), 0);
end;
$$;
