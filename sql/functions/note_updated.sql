-- Function: pgbell.note_updated(0)
--   Trigger, after update on pgbell.notification, once per statement: notes notification_read and
--   notification_unread, each with the ids of one person, at most 500 to an event.  Under
--   pgbell.mark_all_read(2) it is one event {"all": true, "up_to": id} a person instead.
--   Other changes of a notification are not events.
-- Tables: reads the transition tables before and after; writes pgbell.pending
-- Under the setting pgbell.at_once everything noted is numbered at once, as with SET CONSTRAINTS
-- IMMEDIATE; a single mark, where nothing else is noted, without being written down first.
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
	at_once boolean := coalesce(current_setting('pgbell.at_once', true), '') = 'on';
	mark record;
	number bigint;
begin
	select count(*), min(a.user_id) as user_id, min(a.id) as id,
		bool_and(a.read_at is not null) as is_read
	into mark
	from before b
	join after a on a.id = b.id
	where (a.read_at is null) <> (b.read_at is null);

	if at_once and mark.count = 1 and not marks_all and not exists (
		select from pgbell.pending p where p.txid = pg_current_xact_id()
	) then
		number := pgbell.number_note(mark.user_id,
			case when mark.is_read then 'notification_read' else 'notification_unread' end,
			jsonb_build_object('ids', jsonb_build_array(mark.id)),
			case when mark.is_read then -1 else 1 end);
		return null;
	end if;

	if mark.count > 0 then
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
	end if;
	if at_once then
		number := pgbell.number_pending();
	end if;
	return null;
end;
$$;
