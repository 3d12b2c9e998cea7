-- Function: pgbell.snooze(3)
--   Removes one of the caller's notifications from the list until a time, when it is put back, unread, at
--   the top.
-- Parameters: token
--             id      the notification's
--             until   a time with its zone, as 2026-11-29T08:00:00Z or 2026-11-29T08:00:00+01:00
-- Returns: {"user_id", "unread_count", "seq"} as they are now
-- Errors: PB401, PB503; PB404 when it is not the caller's; PB409 where a trigger of the application's keeps
--   it; PB422 /until where that is no time, is past, or is after the year 9999
-- Tables: deletes from pgbell.notification; writes pgbell.due
-- Events: notification_deleted now, new_notification with the same id when it is back.  One that expires
-- meanwhile does not come back.

create or replace function pgbell.snooze(token text, id bigint, until text)
returns jsonb language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	caller text := (pgbell.require_turn(token)).user_id;
	moment pgbell.moment;
	n pgbell.notification;
	done text;
begin
	begin
		if until ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)$' then
			moment := until::timestamptz;
		end if;
	exception when data_exception or check_violation then
		null;
	end;
	if moment is null then
		raise exception 'That is no time with its zone, such as 2026-11-29T08:00:00Z.'
			using errcode = 'PB422', detail = '/until';
	elsif moment <= clock_timestamp() then
		raise exception 'That time is over.' using errcode = 'PB422', detail = '/until';
	end if;
	for attempt in 1 .. 2 loop -- as pgbell.delete_one(2)
		delete from pgbell.notification m where m.id = $2 and m.user_id is not distinct from caller returning m.* into n;
		exit when n.id is not null;
		perform pgbell.require_notification(caller, id);
	end loop;
	if n.id is null then
		raise exception 'This notification is kept: it cannot be put off.' using errcode = 'PB409';
	end if;
	insert into pgbell.due (at, task, user_id, notification_id, subject, kind, data, key, created_at, count,
		actors, place, read_at)
	select moment, 'return', caller, n.id, n.subject, n.kind, n.data, n.key, n.created_at, n.count, n.actors,
		n.place, coalesce(n.read_at, case
			when pgbell.is_covered(n.id, i.read_up_to, i.read_except) then i.read_up_to_at end)
	from (values (caller)) c (user_id)
	left join pgbell.inbox i on i.address = c.user_id
	on conflict (notification_id, task) where notification_id is not null do update set at = excluded.at;
	if not found then
		raise exception 'This notification could not come back: it cannot be put off.' using errcode = 'PB409';
	end if;
	perform pgbell.number_pending();
	if moment < clock_timestamp() + interval '10 seconds' then
		done := pgbell.ring_due();
	end if;
	return pgbell.describe_inbox(caller);
end;
$$;
