-- Function: pgbell.concerns_all(1)
--   Whether an error stands in everybody's way, and is not of the one person, topic or row that was at hand:
--   connections, transactions that are in each other's way, space, what is not in its place, time, a server
--   that goes, damage.
-- Parameters: state, an SQLSTATE
-- Returns: true or false
-- Errors, tables: none
-- Any other error a trigger or a function of the application's may raise for one, by whatever name: then the
-- others are gone on with.

create or replace function pgbell.concerns_all(state text)
returns boolean language sql immutable
return left(state, 2) in ('08', '25', '40', '53', '54', '55', '57', '58', 'XX');
