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
	events jsonb;
	reset text;
begin
	select jsonb_agg(jsonb_build_object('seq', e.seq, 'type', e.type, 'data', e.data::jsonb)
			order by e.seq) filter (where e.type <> 'reset'),
		max(e.data::jsonb ->> 'reason') filter (where e.type = 'reset')
	into events, reset
	from pgbell.events_after(array[caller], array[after],
		lim => least(greatest(coalesce(lim, 100), 1), 500)) e;
	return pgbell.describe_inbox(caller)
		|| jsonb_build_object('events', coalesce(events, '[]'), 'reset', reset);
end;
$$;
