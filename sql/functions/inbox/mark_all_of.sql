-- Function: pgbell.mark_all_of(2)
--   Marks all of a person's notifications as read.
-- Parameters: person   whose turn has been taken
--             up_to    only those that a page has seen which has the log up to this seq: what became
--                      new or unread, or has changed, behind it stays unread.  Null for all
-- Returns: {"user_id", "unread_count", "seq", "marked"}; no event when none was marked
-- Errors: PB409 when the log cannot say what came behind up_to, or it was very much
-- Tables: writes pgbell.notification, or pgbell.inbox; see pgbell.number_pending(0),
--   pgbell.mark_many_read(2)
-- Rows are locked in the order of their id, as pgbell.delete_subject(1) does, so that the two
-- cannot deadlock.
-- Plan: `id + 0` is no order of an index: a planner that takes the table for empty would go through that of the
-- ids, and all people's rows, to save a sort.

create or replace function pgbell.mark_all_of(person text, up_to bigint)
returns jsonb language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
	row_limit constant integer := 1000; -- beyond, the inbox is marked in place of the rows
	inbox pgbell.inbox;
	unread bigint[];
	changed bigint[];
	marked integer;
begin
	perform pgbell.number_pending(); -- what this transaction itself has done before is in the inbox, too
	select * into inbox from pgbell.inbox i where i.address = person;
	if pgbell.reset_reason(up_to, coalesce(inbox.seq, 0), pgbell.goes_on(person, up_to)) is not null then
		raise exception 'The list is older than the log goes back. Read it again.'
			using errcode = 'PB409';
	elsif inbox.unread_count > row_limit then
		marked := pgbell.mark_many_read(person, up_to);
	else
		unread := array(
			select n.id
			from pgbell.notification n
			where n.user_id = person and n.read_at is null
				and not pgbell.is_covered(n.id, inbox.read_up_to, inbox.read_except)
			order by n.id + 0
			for update);
		-- Read once the rows are locked: by now each transaction that had one of them has logged its change.
		changed := array(select pgbell.changed_after(person, up_to));
		update pgbell.notification n
		set read_at = now()
		where n.id = any (unread) and n.id <> all (changed);
		get diagnostics marked = row_count;
		perform pgbell.number_pending();
	end if;
	return pgbell.describe_inbox(person) || jsonb_build_object('marked', marked);
end;
$$;
