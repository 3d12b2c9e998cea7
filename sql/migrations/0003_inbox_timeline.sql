-- 0003: on which timeline of PostgreSQL a person was last given a number; null until the next one.

alter table pgbell.inbox add column timeline integer;
comment on column pgbell.inbox.timeline is
	'of the last number; set it to 0 after restoring a dump, see pgbell.number_pending';
