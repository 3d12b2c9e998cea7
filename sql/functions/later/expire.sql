-- Function: pgbell.expire(1)
--   Deletes notifications whose time is over.
-- Parameters: ids, of notifications; there may be none any more, or they are snoozed and then stay away
-- Returns: nothing
-- Errors: none because of one: where a trigger of the application's raises, a warning says so, and that one
--   is tried again in a minute; see pgbell.is_of_all(1)
-- Tables: deletes from pgbell.notification, pgbell.due; writes pgbell.due
-- Callers: pgbell.run_due(1), pgbell.end_announcements(1)
-- Locks: rows of pgbell.notification in the order of their ids.
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.expire(ids bigint[])
returns void language plpgsql volatile
as $$
declare
	one bigint;
begin
	perform from pgbell.notification n where n.id = any (ids) order by n.id for update;
	delete from pgbell.notification n where n.id = any (ids);
	delete from pgbell.due d where d.notification_id = any (ids);
exception when others or assert_failure then -- others leaves assertions out
	if pgbell.is_of_all(sqlstate) then
		raise;
	elsif cardinality(ids) > 1 then
		foreach one in array array(select id from unnest(ids) id order by id) loop
			perform pgbell.expire(array[one]);
		end loop;
		return;
	end if;
	raise warning 'pgbell.expire: % (%); tried again in a minute', sqlerrm, sqlstate;
	insert into pgbell.due (at, task, user_id, notification_id)
	select clock_timestamp() + interval '1 minute', 'expire', n.user_id, n.id
	from pgbell.notification n
	where n.id = any (ids)
	on conflict (notification_id, task) where notification_id is not null do update set at = excluded.at;
end;
$$;
