-- Function: pgbell.format_end(1)
--   When a session ends, as it is told.
-- Parameters: moment, which an application's own session may have where it likes; may be null
-- Returns: as pgbell.format_time(1); null for a session that has no end, or one that browsers cannot
--   write, beyond the year 9999
-- Errors, tables: none

create or replace function pgbell.format_end(moment timestamptz)
returns text language sql stable
return case when moment < '10000-01-01T00:00:00Z' then pgbell.format_time(moment) end;
