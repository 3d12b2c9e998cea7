-- Function: pgbell.list_log(3)
--   A log after a number, as pages read it.
-- Parameters: address
--             after   the last seq the page has; null for none
--             lim     at most so many, 1 to 500; null: 100.  Large ones are fewer: pgbell.page_bytes(0)
-- Returns: {"events": [{"seq", "type", "data"}], "reset"}.  reset is "trimmed" or "unknown" when the log
--   cannot be gone on from: then events is empty
-- Errors: none
-- Tables: see pgbell.events_after(4)
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.list_log(address text, after bigint, lim integer)
returns jsonb language plpgsql stable
as $$
declare
	events jsonb;
	reset text;
begin
	select jsonb_agg(jsonb_build_object('seq', e.seq, 'type', e.type, 'data', e.data::jsonb)
			order by e.seq) filter (where e.type not in ('reset', 'more')),
		max(e.data::jsonb ->> 'reason') filter (where e.type = 'reset')
	into events, reset
	from pgbell.events_after(array[$1], array[$2], least(greatest(coalesce($3, 100), 1), 500), pgbell.page_bytes()) e;
	return jsonb_build_object('events', coalesce(events, '[]'), 'reset', reset);
end;
$$;
