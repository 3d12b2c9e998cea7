-- 0015: what a person has seen, which is less than having read it; see pgbell.mark_seen(2).

alter table pgbell.inbox
	add column seen_seq bigint,
	add column seen_at timestamptz;
comment on column pgbell.inbox.seen_seq is
	'what was told up to this number has been seen; null: this person''s pages do not say what is seen';
comment on column pgbell.inbox.seen_at is 'when that was';
alter domain pgbell.event_type drop constraint event_type_check;
alter domain pgbell.event_type add constraint event_type_check check (value in (
	'new_notification', 'notification_changed', 'notification_read', 'notification_unread',
	'notification_deleted', 'notification_seen')) not valid;
