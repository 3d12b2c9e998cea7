-- Function: pgbell.list_events(3)
--   The caller's log after a number: what a stream would have sent, for pages that have none.
-- Parameters: token
--             after   the last seq the page has; null for none
--             lim     at most so many, 1 to 500; 100 unless told
-- Returns: {"user_id", "events": [{"seq", "type", "data"}], "seq", "unread_count", "reset"}.  reset
--   is "trimmed" or "unknown" when the log cannot be gone on from: then events is empty, and the page
--   reads its list again and goes on from seq.  Without after there are no events, only the current
--   seq.
-- Errors: PB401
-- Tables: reads pgbell.event, pgbell.inbox, pgbell.announcement; see pgbell.take_announcements(1)

create or replace function pgbell.list_events(token text, after bigint default null,
	lim integer default 100)
returns jsonb language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
declare
	caller text := (pgbell.require_session(token)).user_id;
begin
	if pgbell.has_announcements()
	and (select a.id from pgbell.announcement a order by a.id desc limit 1)
		> coalesce((select i.announced_up_to from pgbell.inbox i where i.address = caller), 0)
	and (pgbell.take_announcements(array[caller])).taken = 1 then
		return pgbell.list_events_anew(token, after, lim);
	end if;
	return pgbell.describe_inbox(caller) || pgbell.list_log(caller, after, lim);
end;
$$;
