-- Function: pgbell.ring_topics(1)
--   Has pgbell.may_follow(2) asked again about everybody who follows these topics, when the transaction
--   commits: a follow that is no longer allowed ends within a second.
-- Parameters: topics; null and duplicates do no harm, also in place of the array
-- Returns: nothing
-- Errors: 23514 for what is no topic
-- Tables: none.  NOTIFY pgbell, payload: words of chr(2) and a topic, see pgbell.ring_words(1)
-- Callers: the owner; may be granted to applications

create or replace function pgbell.ring_topics(topics text[])
returns void language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
begin
	perform pgbell.ring_words(array(select chr(2) || t::pgbell.topic from unnest(topics) t));
end;
$$;
