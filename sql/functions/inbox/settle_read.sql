-- Function: pgbell.settle_read(1)
--   Sets read_at of rows that count as read since pgbell.mark_many_read(2).
-- Parameters: lim   at most so many rows; call it again while it returns as many
-- Returns: how many rows were written
-- Errors: none
-- Tables: reads and writes pgbell.inbox; writes pgbell.notification, which is no event:
--   so it takes its notes out of pgbell.pending again
-- Locks: one person's inbox, so that no older notification is marked unread meanwhile; and rows, without
--   waiting: a row that is locked is left for the next call.
-- Rows are compared with the mark by their place: one that was merged and moved above it is unread again.
-- Form: called by pgbell.trim(2).

create or replace function pgbell.settle_read(lim integer)
returns bigint language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
	inbox pgbell.inbox;
	ids bigint[];
begin
	perform pgbell.number_pending(); -- the notes below are its own
	set constraints pgbell.number_at_commit deferred; -- not before they are taken out
	select * into inbox
	from pgbell.inbox i
	where i.read_up_to is not null
	limit 1
	for update skip locked;
	if inbox.address is null then
		return 0;
	end if;
	ids := array(
		select n.id
		from pgbell.notification n
		where n.user_id = inbox.address and n.read_at is null
			and coalesce(n.place, n.id) <= inbox.read_up_to and n.id <> all (inbox.read_except)
		order by n.user_id, coalesce(n.place, n.id)
		limit lim
		for update skip locked);
	update pgbell.notification n
	set read_at = inbox.read_up_to_at
	where n.id = any (ids);
	delete from pgbell.pending p -- they counted as read before
	where p.txid = pg_current_xact_id() and p.address = inbox.address and p.id = any (ids);
	if not exists (
		select from pgbell.notification n
		where n.user_id = inbox.address and n.read_at is null
			and coalesce(n.place, n.id) <= inbox.read_up_to and n.id <> all (inbox.read_except))
	then
		update pgbell.inbox i
		set read_up_to = null, read_up_to_at = null, read_except = null
		where i.address = inbox.address;
	end if;
	return cardinality(ids);
end;
$$;
