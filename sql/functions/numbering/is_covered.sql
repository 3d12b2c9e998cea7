-- Function: pgbell.is_covered(3)
--   Whether a notification counts as read because all up to an id do, whatever its row says.
-- Parameters: id                        the notification's
--             read_up_to, read_except   of its person's inbox
-- Returns: true or false
-- Errors, tables: none

create or replace function pgbell.is_covered(id bigint, read_up_to bigint, read_except bigint[])
returns boolean language sql immutable parallel safe
return read_up_to is not null and id <= read_up_to and id <> all (read_except);
