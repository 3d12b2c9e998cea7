-- Function: pgbell.current_era(0)
--   Which run of which database this is.  It is another one after PostgreSQL was started again (from
--   an older copy of its files, perhaps), after a standby was promoted, a backup recovered, or a
--   dump restored, into tables of its own or into those that were emptied by TRUNCATE.
-- Returns: a number that stands for the server's start, its timeline and the file of pgbell.inbox
-- Errors: 55000 on a standby
-- Tables: none
-- A crash that PostgreSQL recovers from by itself begins no era: what was told was on disk.

create or replace function pgbell.current_era()
returns bigint language sql volatile
return hashint8extended((date_part('epoch', pg_postmaster_start_time()) * 1000000)::bigint,
	('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::bigint
		+ pg_relation_filenode('pgbell.inbox')::bigint);
