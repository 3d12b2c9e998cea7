-- 0008: the era in which pgbell was installed (or brought up to date to this), so that the numbers of
-- those who are first notified later, or whose last number was given before eras were noted, leap as
-- well where another era has begun.  See pgbell.current_era(0); install.sql fills it in.

alter table pgbell.migration add column era bigint;
comment on column pgbell.migration.era is
	'of number 1: the first era that this installation knows; see pgbell.current_era';

-- One transaction may delete a notification and give its id to another person: that is two notes.
alter table pgbell.pending
	drop constraint pending_pkey,
	add primary key (txid, user_id, id);
