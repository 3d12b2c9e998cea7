-- Function: pgbell.mark_all_read(2)
--   Marks all of the caller's notifications as read.
-- Parameters: token
--             up_to   a seq: what is new, unread again or changed in the log behind it stays unread, because
--                     the caller's page has not shown it yet.  Null: mark all
-- Returns: {"user_id", "unread_count", "seq", "marked"}; no event when none was marked
-- Errors: PB401, PB503; PB409 where the log does not reach back to up_to, or has very much behind it
-- Tables: writes pgbell.notification, or pgbell.inbox; see pgbell.number_pending(0),
--   pgbell.mark_many_read(2)
-- Rows are locked in the order of their ids, as in pgbell.delete_subject(1), so that the two cannot
-- deadlock.

create or replace function pgbell.mark_all_read(token text, up_to bigint default null)
returns jsonb language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
	row_limit constant integer := 1000; -- beyond, the inbox is marked in place of the rows
	caller text := (pgbell.require_turn(token)).user_id;
	inbox pgbell.inbox;
	unread bigint[];
	changed bigint[];
	marked integer;
begin
	perform pgbell.number_pending(); -- what this transaction itself has done before is in the inbox, too
	select * into inbox from pgbell.inbox i where i.address = caller;
	if pgbell.reset_reason(up_to, coalesce(inbox.seq, 0), pgbell.goes_on(caller, up_to)) is not null then
		raise exception 'The list is older than the log goes back. Read it again.'
			using errcode = 'PB409';
	elsif inbox.unread_count > row_limit then
		marked := pgbell.mark_many_read(caller, up_to);
	else
		unread := array(
			select n.id
			from pgbell.notification n
			where n.user_id = caller and n.read_at is null
				and not pgbell.is_covered(n.id, inbox.read_up_to, inbox.read_except)
			order by n.id
			for update);
		-- Read once the rows are locked: by now each transaction that had one of them has logged its change.
		changed := array(select pgbell.changed_after(caller, up_to));
		update pgbell.notification n
		set read_at = now()
		where n.id = any (unread) and n.id <> all (changed);
		get diagnostics marked = row_count;
		perform pgbell.number_pending();
	end if;
	return pgbell.describe_inbox(caller) || jsonb_build_object('marked', marked);
end;
$$;
