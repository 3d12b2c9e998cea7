-- Function: pgbell.mark_seen(2)
--   Marks the caller's notifications as seen, as when the list was opened; they stay unread.
-- Parameters: token
--             up_to   only what is in the log up to this seq; null for all
-- Returns: {"user_id", "unread_count", "seq", "unseen_count"} as they are now.  An event where
--   something is marked: {"unseen_count"}
-- Errors: PB401, PB503
-- Tables: writes pgbell.inbox, pgbell.event
-- After the first call lists and pgbell.get_unread_count(1) have "unseen_count" too, see
--   pgbell.count_unseen(1); other events do not, since an insert does not count what is unseen.

create or replace function pgbell.mark_seen(token text, up_to bigint default null)
returns jsonb language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
	caller text := (pgbell.require_turn(token)).user_id;
	current_era bigint := pgbell.current_era();
	first_era bigint := (select m.era from pgbell.migration m where m.number = 1);
	inbox pgbell.inbox;
	done text;
begin
	perform pgbell.number_pending(); -- what this transaction itself has done before has its numbers
	update pgbell.inbox i
	set seen_seq = least(i.seq, coalesce(mark_seen.up_to, i.seq)), seen_at = clock_timestamp(),
		seq = i.seq + 1 + case when coalesce(i.era, first_era) = current_era then 0 else pgbell.leap() end,
		prev = case when coalesce(i.era, first_era) = current_era then null else i.seq end,
		era = current_era
	where i.address = caller
		and (i.seen_seq is null or i.seen_seq < least(i.seq, coalesce(mark_seen.up_to, i.seq)))
		and (i.seen_seq is null or pgbell.count_unseen(caller) > 0)
	returning * into inbox;
	if inbox.address is not null then
		insert into pgbell.event (address, seq, prev, type, data, unread_count, created_at)
		values (caller, inbox.seq, inbox.prev, 'notification_seen',
			jsonb_build_object('unseen_count', pgbell.count_unseen(caller)), inbox.unread_count,
			clock_timestamp());
		done := pgbell.wake_streams(array[caller]);
	end if;
	return pgbell.describe_inbox(caller);
end;
$$;
