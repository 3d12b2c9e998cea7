-- Function: pgbell.publish(3)
--   Tells everybody who follows a topic, in the caller's transaction: it rings when that commits.
-- Parameters: topic   1 to 128 characters of A-Z a-z 0-9 . _ ~ : / @ -
--             kind    what happened, 1 to 64 characters, for the page to choose what to do
--             data    a JSON object of at most 32,768 bytes, passed on to the page as it is.  Everybody
--                     who may follow the topic can read it: pgbell.may_follow(2)
-- Returns: nothing; its number is given at the commit
-- Errors: 23502, 23514 when a value is not as above
-- Tables: see pgbell.note_published(0)
-- Callers: the owner.  For an application with a role of its own:
--     grant usage on schema pgbell to shop;
--     grant execute on function pgbell.publish to shop;
--   or, for plain and bulk inserts and COPY:
--     grant insert (topic, kind, data) on pgbell.publication to shop;
--   Not select: that reads all topics.
-- Numbers of a topic are 1, 2, 3 … as a person's are, and kept as long: see pgbell.trim(2).

create or replace function pgbell.publish(topic text, kind text, data jsonb default '{}')
returns void language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
begin
	insert into pgbell.publication (topic, kind, data) values ($1, $2, $3);
end;
$$;
