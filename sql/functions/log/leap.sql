-- Function: pgbell.leap(0)
--   A leap: how many numbers a log skips where an era begins.  It is more than an era that was forgotten
--   can have given, and random, so that two eras that begin at the same number give different ones.
-- Returns: 1,048,576 to 4,296,015,872.  With a leap a day, browsers' integers last for 5,000 years
-- Errors, tables: none

create or replace function pgbell.leap()
returns bigint language sql volatile
return 1048576 + (random() * 4294967296)::bigint;
