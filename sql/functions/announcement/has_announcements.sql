-- Function: pgbell.has_announcements(0)
--   Whether something was ever announced here.  It is a constant, which is put into the statements that
--   ask: so where nothing was they have no look at pgbell.announcement in them.
--   pgbell.expect_announcements(0) makes it another one, and they are planned anew.
-- Returns: true or false
-- Errors, tables: none
-- install.sql leaves it as it is.

create or replace function pgbell.has_announcements()
returns boolean language sql immutable parallel safe
return false;
