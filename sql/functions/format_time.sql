-- Function: pgbell.format_time(1)
--   The one way a time is written in JSON: RFC 3339, UTC, milliseconds.
-- Parameters: moment, may be null
-- Returns: such as 2024-05-17T09:30:00.250Z; null for null
-- Errors, tables: none
-- Its body is parsed when it is created, so it needs no search_path, and can be inlined.

create or replace function pgbell.format_time(moment timestamptz)
returns text language sql stable
return to_char(moment at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
