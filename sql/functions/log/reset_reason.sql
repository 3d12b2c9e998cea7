-- Function: pgbell.reset_reason(3)
--   Whether a reader can go on from its number without missing an event.
-- Parameters: after     the last seq the reader has, null for none
--             seq       the log's current one
--             goes_on   pgbell.goes_on(2) of after; evaluated last
-- Returns: null if it can; 'unknown' for a number that was never given; 'trimmed' if the next event is
--   gone, or got another number after PostgreSQL went on from an older state.  Trimming deletes only
--   the beginning of a log, so one look at the next event is enough.
-- Errors, tables: none

create or replace function pgbell.reset_reason(after bigint, seq bigint, goes_on boolean)
returns text language sql immutable
return case
	when after is null or after = seq then null
	when after < 0 or after > seq then 'unknown'
	when goes_on then null
	else 'trimmed'
end;
