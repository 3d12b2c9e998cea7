-- Function: pgbell.settle_one(2)
--   Sets read_at of one person's rows that count as read, and takes the mark of the inbox away when all have it.
-- Parameters: inbox   whose row is locked
--             lim     at most so many rows
-- Returns: how many rows were written, fewer where a trigger of the application's does not let it happen
-- Errors: those that such a trigger raises
-- Tables: writes pgbell.inbox; writes pgbell.notification, which is no event: so it takes its notes out of
--   pgbell.pending again, but for what such a trigger has changed or deleted besides
-- Rows are compared with the mark by their place: one that was merged and moved above it is unread again.
-- Form: runs as its caller, who has pinned search_path and plan; see pgbell.log_one(4).

create or replace function pgbell.settle_one(inbox pgbell.inbox, lim integer)
returns bigint language plpgsql volatile
as $$
declare
	self xid8 := pg_current_xact_id();
	ids bigint[] := array(
		select n.id
		from pgbell.notification n
		where n.user_id = inbox.address and n.read_at is null
			and coalesce(n.place, n.id) <= inbox.read_up_to and n.id <> all (inbox.read_except)
		order by n.user_id, coalesce(n.place, n.id)
		limit lim
		for update skip locked);
	settled bigint;
begin
	with done as (
		update pgbell.notification n
		set read_at = inbox.read_up_to_at
		where n.id = any (ids)
		returning n.read_at
	)
	select count(d.read_at) into settled from done d;
	-- They counted as read before.
	delete from pgbell.pending p
	where p.txid = self and p.address = inbox.address and p.id = any (ids)
		and not p.is_changed and not p.is_gone;
	update pgbell.pending p
	set was_unread = false
	where p.txid = self and p.address = inbox.address and p.id = any (ids);
	if not exists (
		select from pgbell.notification n
		where n.user_id = inbox.address and n.read_at is null
			and coalesce(n.place, n.id) <= inbox.read_up_to and n.id <> all (inbox.read_except))
	then
		update pgbell.inbox i
		set read_up_to = null, read_up_to_at = null, read_except = null
		where i.address = inbox.address;
	end if;
	return settled;
end;
$$;
