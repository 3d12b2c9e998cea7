-- Function: pgbell.log_gap(0)
--   How many numbers are left out where PostgreSQL went on from an older state: more than anybody
--   can have been given since.
-- Returns: the constant
-- Errors, tables: none

create or replace function pgbell.log_gap()
returns bigint language sql immutable parallel safe
return 1048576;
