-- Function: pgbell.current_era(0)
--   The era: which run of which database this is.  Another era begins when PostgreSQL is started again
--   (perhaps from an older copy of its files), a standby is promoted, a backup is recovered or a dump is
--   restored, into new tables or into tables emptied by TRUNCATE; and in a database that was made from
--   another as its TEMPLATE.
-- Returns: a number that stands for the server's start and its last crash, its timeline and the file
--   of pgbell.inbox, in whose path is the database
-- Errors: 55000 on a standby
-- Tables: none
-- Also after a crash from which the server recovers by itself: what was told was on disk, but for
-- transactions that had made constraints immediate and then switched synchronous_commit off.  Such a
-- crash sets statistics back; PostgreSQL 14 does not say so at a price that could be paid here.

create or replace function pgbell.current_era()
returns bigint language sql volatile
return hashtextextended(pg_relation_filepath('pgbell.inbox'),
	((date_part('epoch', pg_postmaster_start_time()) * 1000000)::bigint
	# case when current_setting('server_version_num')::integer >= 150000
		then (date_part('epoch', pg_stat_get_bgwriter_stat_reset_time()) * 1000000)::bigint
		else 0 end)
	+ ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::bigint);
