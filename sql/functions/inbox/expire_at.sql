-- Function: pgbell.expire_at(2)
--   Sets the time at which a notification is deleted by itself; also of one that was inserted without
--   pgbell.notify(7).
-- Parameters: id           the notification's; it may be snoozed
--             expires_at   null: never
-- Returns: nothing
-- Errors: 23514 for a time before the year 1 or after 9999; PB404 where there is no such notification
-- Tables: reads pgbell.notification; reads and writes pgbell.due
-- Callers: the owner; may be granted to applications
-- Plan: by the id; a union that looks for doubles wants an order, and indexes of persons have that.

create or replace function pgbell.expire_at(id bigint, expires_at timestamptz)
returns void language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	done text;
begin
	if $2 is null then
		delete from pgbell.due d where d.notification_id = $1 and d.task is not distinct from 'expire';
		return;
	end if;
	insert into pgbell.due as d (at, task, user_id, notification_id)
	select $2, 'expire', n.user_id, n.id
	from (
		select m.user_id, m.id from pgbell.notification m where m.id = $1
		union all
		select s.user_id, s.notification_id from pgbell.due s where s.notification_id = $1 and s.task is not distinct from 'return'
		limit 1
	) n
	on conflict (notification_id, task) where notification_id is not null do update set at = excluded.at;
	if not found then
		raise exception 'There is no notification %.', $1 using errcode = 'PB404',
			hint = 'It may have been deleted, or muted.';
	end if;
	if $2 < clock_timestamp() + interval '10 seconds' then
		done := pgbell.ring_due();
	end if;
end;
$$;
