-- 0019: what an insert costs.

-- A note says what there is to tell, so that the row is not looked for again; see
-- pgbell.note_inserted(0).
alter table pgbell.pending
	add column kind text,
	add column created_at timestamptz,
	add column data jsonb;
comment on column pgbell.pending.kind is
	'with created_at and data what to tell of one that is new, unread, small and noted once; null: see the row';

-- Numbering alone writes events, and says itself what they may be: to have a domain check it took a
-- fifth of the time that it takes to log one.
drop function if exists pgbell.number_one(xid8);
drop function if exists pgbell.log_one(pgbell.user_id, pgbell.event_type, jsonb, integer);
alter table pgbell.event
	alter column type type text,
	alter column unread_count type integer;
drop domain pgbell.event_type, pgbell.event_unread_count;
