-- Function: pgbell.note_updated(0)
--   Trigger, after update on pgbell.notification, once per statement: notes notification_read and
--   notification_unread, each with the ids of one person, at most 500 to an event.  Under
--   pgbell.mark_all_read(2) it is one event {"all": true, "up_to": id} a person instead.
--   Other changes of a notification are not events.
-- Tables: reads the transition tables before and after; writes pgbell.pending
-- Plan: transition tables have no index, so the two are joined by hash or merge.

create or replace function pgbell.note_updated()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_nestloop = off
set enable_seqscan = off
set jit = off
as $$
declare
	marks_all boolean := coalesce(current_setting('pgbell.marks_all', true), '') = 'on';
	is_first boolean;
begin
	insert into pgbell.pending (user_id, type, data, delta, first)
	select p.user_id,
		case when p.is_read then 'notification_read' else 'notification_unread' end,
		case when marks_all then jsonb_build_object('all', true, 'up_to', max(p.id))
			else jsonb_build_object('ids', jsonb_agg(p.id order by p.id)) end,
		case when p.is_read then -count(*) else count(*) end,
		row_number() over () = 1
	from (
		select a.user_id, a.id, a.read_at is not null as is_read,
			case when marks_all then 0 else (row_number() over (
				partition by a.user_id, a.read_at is null order by a.id) - 1) / 500
			end as part
		from before b
		join after a on a.id = b.id
		where (a.read_at is null) <> (b.read_at is null)
	) p
	group by p.user_id, p.is_read, p.part
	order by min(p.id);
	if found then
		is_first := pgbell.is_first_note(null);
	end if;
	return null;
end;
$$;
