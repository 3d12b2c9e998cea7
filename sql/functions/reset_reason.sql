-- Function: pgbell.reset_reason(3)
--   Whether a reader's place in a person's log can be gone on from without a hole.
-- Parameters: after      the last seq the reader has, null for none
--             seq        the person's current seq
--             has_next   true if the event after + 1 is still in the log, else false or null;
--                        looked at last
-- Returns: null if so; 'unknown' for a number that was never given; 'trimmed' if the next event is
--   gone.  Trimming takes the beginning of a log only, so one look at the next event is enough.
-- Errors, tables: none

create or replace function pgbell.reset_reason(after bigint, seq bigint, has_next boolean)
returns text language sql immutable
return case
	when after is null or after = seq then null
	when after < 0 or after > seq then 'unknown'
	when has_next then null
	else 'trimmed'
end;
