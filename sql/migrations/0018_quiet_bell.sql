-- 0018: which transaction an event is of, so that a process can look for those that its last look could
-- not see; see pgbell.look(4).  Rows that are there have none, and are not rewritten: a column that is
-- added with this default would give them all the transaction of the upgrade.

alter table pgbell.event add column txid xid8;
alter table pgbell.event alter column txid set default pg_current_xact_id();
comment on column pgbell.event.txid is
	'the transaction that wrote it; null before there was this column, another cluster''s in what was restored';
create index event_transaction on pgbell.event (txid);
