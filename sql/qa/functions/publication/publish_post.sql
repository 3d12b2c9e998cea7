-- Function: qa.publish_post(3)
--   Tells everybody who looks at a question what has become of a post there; see ../triggers/posts.sql.
-- Parameters: question_id
--             kind   answer, comment, accepted, changed or deleted
--             post   what to tell of it.  Without "body" where that is long: then a page reads the
--                    question again
-- Returns: nothing
-- Errors: none
-- Tables: see pgbell.publish(3)

create or replace function qa.publish_post(question_id bigint, kind text, post jsonb)
returns void language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	long constant integer := 4000; -- characters, which are 24,000 bytes at most in JSON
begin
	if char_length(post ->> 'body') > long then
		post := post - 'body';
	end if;
	perform pgbell.publish(qa.topic_of(question_id), kind, jsonb_strip_nulls(post));
end;
$$;
