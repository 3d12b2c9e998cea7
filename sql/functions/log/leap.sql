-- Function: pgbell.leap(0)
--   How many numbers are left out where an era begins: more than anybody can have been given in one
--   that is forgotten, and by chance, so that two eras that began at the same number differ.
-- Returns: 1,048,576 to 4,296,015,872.  A leap a day fills what a browser can count to in 5,000 years
-- Errors, tables: none

create or replace function pgbell.leap()
returns bigint language sql volatile
return 1048576 + (random() * 4294967296)::bigint;
