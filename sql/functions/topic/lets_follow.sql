-- Function: pgbell.lets_follow(2)
--   What pgbell.may_follow(2) says, whatever an application's does.
-- Parameters: user_id, topic   as there
-- Returns: true or false, which is also what becomes of null, and of an error: a warning names the
--   SQLSTATE, since the message may name anything
-- Errors: what has nothing to do with rights goes on: connections, snapshots, space, locks, time
-- Tables: see pgbell.may_follow(2)
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.lets_follow(user_id text, topic text)
returns boolean language plpgsql stable
as $$
begin
	return coalesce(pgbell.may_follow(user_id, topic), false);
exception when others or assert_failure then -- others leaves assertions out
	if left(sqlstate, 2) in ('08', '25', '40', '53', '54', '55', '57', '58', 'XX') then
		raise;
	end if;
	raise warning 'pgbell.may_follow() raised % for a topic, which may not be followed', sqlstate
		using errcode = 'PB001';
	return false;
end;
$$;
