-- 0025: what is shown of a notification is said once for its events and once for its lists, of the row and
-- not of its columns.  A note has what the event tells, and not some columns of its row.  And names that
-- say what they mean: fires (the trigger), is_merged (with another, of one key).

drop view if exists pgbell.change;
alter table pgbell.pending
	drop column kind,
	drop column created_at,
	drop column data,
	add column inserted jsonb;
alter table pgbell.pending rename column is_first to fires;
alter table pgbell.pending rename column is_again to is_merged;
comment on column pgbell.pending.fires is
	'the one row of its statement that has the deferred trigger fire, which numbers all';
comment on column pgbell.pending.is_merged is 'whether another of its key was merged with it';
comment on column pgbell.pending.inserted is
	'what the event tells of one that is new, unread, small and noted once; null: see the row';
comment on column pgbell.notification.count is 'how many were merged into it; null: it is one';
comment on column pgbell.notification.actors is
	'of those that were merged: the newest ten distinct actors of their data, newest first';

drop function if exists pgbell.describe_listed(bigint, text, jsonb, timestamptz, timestamptz, integer, jsonb, bigint);
drop function if exists pgbell.describe_notification(bigint, text, jsonb, timestamptz, timestamptz);
drop function if exists pgbell.describe_event(bigint, text, jsonb, timestamptz, timestamptz);
drop function if exists pgbell.describe_again(integer, jsonb, bigint);
drop function if exists pgbell.is_of_all(text);
