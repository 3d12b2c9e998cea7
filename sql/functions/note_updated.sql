-- Function: pgbell.note_updated(0)
--   Trigger, after update on pgbell.notification, once per statement: notes those that were marked or
--   changed, and whether they were unread before the transaction.
-- Tables: reads the transition tables before and after, and pgbell.inbox; writes pgbell.pending
-- A row that already counts as read and now says so is no change; see pgbell.settle_read(1).
-- Plan: transition tables have no index, so the two are joined by hash or merge.

create or replace function pgbell.note_updated()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_nestloop = off
set jit = off
as $$
declare
	is_settling boolean := exists (select from pgbell.inbox i where i.read_up_to is not null);
begin
	insert into pgbell.pending as p (id, user_id, was_unread, is_changed, is_first)
	select c.id, c.user_id, c.was_unread, c.is_changed, row_number() over () = 1
	from (
		select a.id, a.user_id, b.read_at is null as was_unread, a.read_at is null as is_unread,
			b.kind <> a.kind or b.data <> a.data or b.created_at <> a.created_at as is_changed
		from before b
		join after a on a.id = b.id
	) c
	where c.is_changed or c.was_unread <> c.is_unread and not (is_settling and c.was_unread
		and exists (select from pgbell.inbox i where i.user_id = c.user_id
			and pgbell.is_covered(c.id, i.read_up_to, i.read_except)))
	on conflict (txid, user_id, id) do update set is_changed = p.is_changed or excluded.is_changed;
	return null;
end;
$$;
