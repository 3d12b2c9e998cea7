-- Function: pgbell.current_timeline(0)
--   PostgreSQL's timeline: another one after a standby was promoted or a backup recovered.
-- Returns: its number, as pgbell.inbox.timeline keeps it
-- Errors: 55000 on a standby
-- Tables: none

create or replace function pgbell.current_timeline()
returns integer language sql volatile
return ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::integer;
