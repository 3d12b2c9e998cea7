-- Function: pgbell.mark_one(3)
--   Marks one notification read or unread, and gives that event its number at once.
-- Parameters: person, id
--             as_read   true to mark it read, false to mark it unread
-- Returns: {"user_id", "unread_count", "seq"} as they are now.  No event where it was so before, or counted
--   as read
-- Errors: PB404 when it is not the person's; PB409 where a trigger of the application's keeps it as it is
-- Tables: writes pgbell.notification; see pgbell.log_one(4), pgbell.mark_later(3)
-- The update changes own_marks, by which triggers know that they need not note it.  What the transaction
-- noted before gets its numbers first.  A notification that becomes unread again gives up its key, since
-- another one may have that by now.  Where it counts as read but its row does not say so yet,
-- pgbell.note_unread(0) notes that it becomes unread.  A trigger of the application may have undone the
-- update, so the row is looked at afterwards; what it has changed besides, or done to the row since, is noted as
-- ever.  What others do to the row meanwhile, as pgbell.settle_read(1) does, may have it missed: then once more.
-- Plan: by the id, whatever statistics say; see pgbell.authenticate(1).
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.mark_one(person text, id bigint, as_read boolean)
returns jsonb language plpgsql volatile
as $$
#variable_conflict use_column
declare
	logged record;
	is_marked boolean;
begin
	if pg_current_xact_id_if_assigned() is not null then -- else nothing is noted
		if pg_trigger_depth() > 0 and pgbell.has_triggers() then
			return pgbell.mark_later(person, id, as_read);
		elsif exists (select from pgbell.pending p where p.txid = pg_current_xact_id()) then
			perform pgbell.number_pending();
		end if;
	end if;
	for attempt in 1 .. 3 loop
		update pgbell.notification n
		set read_at = case when as_read then now() end, own_marks = coalesce(n.own_marks, 0) + 1,
			key = case when as_read then n.key end
		where n.id = $2 and n.user_id is not distinct from person and num_nulls(n.read_at) = as_read::integer
		returning (n.read_at is null) <> as_read into is_marked;
		if is_marked then
			logged := pgbell.log_one(person,
				case when as_read then 'notification_read' else 'notification_unread' end,
				jsonb_build_object('ids', jsonb_build_array(id)), case when as_read then -1 else 1 end);
			if logged.seq is not null then
				return jsonb_build_object('user_id', person, 'unread_count', logged.unread_count,
					'seq', logged.seq);
			end if;
			insert into pgbell.pending (id, address, was_unread)
			select $2, person, as_read
			where not as_read or not exists (
				select from pgbell.inbox i
				where i.address = person and pgbell.is_covered($2, i.read_up_to, i.read_except))
			on conflict (txid, address, id) do update set was_unread = excluded.was_unread;
			perform pgbell.number_pending();
			return pgbell.describe_inbox(person);
		elsif not as_read then
			update pgbell.notification n
			set read_at = null
			from pgbell.inbox i
			where n.id = $2 and n.user_id is not distinct from person and num_nulls(n.read_at) = 1 and i.address = person
				and pgbell.is_covered(n.id, i.read_up_to, i.read_except);
			perform pgbell.number_pending();
		end if;
		perform pgbell.require_notification(person, id);
		if as_read is distinct from (
			select n.read_at is null and pgbell.is_covered(n.id, i.read_up_to, i.read_except) is not true
			from pgbell.notification n
			left join pgbell.inbox i on i.address = person
			where n.id = $2)
		then
			return pgbell.describe_inbox(person);
		end if;
	end loop;
	raise exception 'This notification is kept as it is.' using errcode = 'PB409';
end;
$$;
