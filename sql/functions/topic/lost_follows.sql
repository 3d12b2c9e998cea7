-- Function: pgbell.lost_follows(2)
--   Which follows are no longer allowed: a stream process asks that every PGBELL_FLOOR_S, and when
--   pgbell.ring_topics(1) says so.
-- Parameters, of the same length:
--             users    ids, null for a visitor
--             topics   that each follows
-- Returns: a row (user_id, topic) for each pair that is over
-- Errors: see pgbell.lets_follow(2)
-- Tables: see pgbell.may_follow(2)

create or replace function pgbell.lost_follows(users text[], topics text[])
returns table (user_id text, topic text)
language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
begin
	return query
	select f.user_id, f.topic
	from unnest(users, topics, pgbell.lets_follow(users, topics)) f (user_id, topic, may)
	where not f.may;
end;
$$;
