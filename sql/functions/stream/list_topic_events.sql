-- Function: pgbell.list_topic_events(4)
--   A topic's log after a number: what a stream that follows it would have sent, for pages that have none.
-- Parameters: token   null, or one that is not good, for a visitor
--             topic, after, lim   as pgbell.list_events(3) has them
-- Returns: {"events": [{"seq", "type", "data"}], "seq", "reset"}, see there
-- Errors: PB401 where a visitor may not follow it, PB403 where the caller may not; PB422 /topic for what is
--   no topic
-- Tables: see pgbell.may_follow(2), pgbell.list_log(3)

create or replace function pgbell.list_topic_events(token text, topic text, after bigint default null,
	lim integer default 100)
returns jsonb language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
declare
	caller text := (select i.user_id from pgbell.identify(token) i);
	log text;
begin
	begin
		log := pgbell.topic_address(topic);
	exception when check_violation then
		null;
	end;
	if log is null then
		raise exception 'That is no topic.' using errcode = 'PB422', detail = '/topic';
	elsif not (pgbell.lets_follow(array[caller], array[topic]))[1] then
		if caller is null then
			raise exception 'Sign in first.' using errcode = 'PB401';
		end if;
		raise exception 'You may not follow this topic.' using errcode = 'PB403';
	end if;
	return pgbell.list_log(log, after, lim) || jsonb_build_object('seq', pgbell.topic_seq(topic));
end;
$$;
