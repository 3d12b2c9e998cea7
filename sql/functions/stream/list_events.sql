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
-- Tables: reads pgbell.event, pgbell.inbox

create or replace function pgbell.list_events(token text, after bigint default null,
	lim integer default 100)
returns jsonb language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
declare
	caller text := (pgbell.require_session(token)).user_id;
begin
	return pgbell.describe_inbox(caller) || pgbell.list_log(caller, after, lim);
end;
$$;
