-- Function: pgbell.lets_follow(2)
--   What pgbell.may_follow(2) says, whatever an application's does.
-- Parameters, of the same length:
--             users    ids, null for a visitor
--             topics
-- Returns: of the same length, true or false.  Null and an error are a no; a warning names the SQLSTATE,
--   since the message may name anything
-- Errors: what has nothing to do with rights goes on: connections, snapshots, space, locks, time
-- Tables: see pgbell.may_follow(2)
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).  A block that catches
--   costs as much as several answers: so there is one for all, and one each only where there is an error.

create or replace function pgbell.lets_follow(users text[], topics text[])
returns boolean[] language plpgsql stable
as $$
begin
	return array(
		select coalesce(pgbell.may_follow(f.user_id, f.topic), false)
		from unnest(users, topics) with ordinality f (user_id, topic, ord)
		order by f.ord);
exception when others or assert_failure then -- others leaves assertions out
	if pgbell.concerns_all(sqlstate) then
		raise;
	elsif cardinality(topics) > 1 then
		return array(
			select (pgbell.lets_follow(array[f.user_id], array[f.topic]))[1]
			from unnest(users, topics) with ordinality f (user_id, topic, ord)
			order by f.ord);
	end if;
	raise warning 'pgbell.may_follow() raised % for a topic, which may not be followed', sqlstate
		using errcode = 'PB001';
	return '{false}';
end;
$$;
