-- 0011: all that has come since 0.1.0, which had numbers 1 to 5.  Number 6 to 10 were never in a
-- release.
--
-- What a transaction notes is which notifications it has touched, and how they were before.  How
-- numbering works is told in triggers/notification.sql.

-- The functions of before, and the triggers that knew of each other by settings.
drop trigger if exists number_inserted on pgbell.notification;
drop trigger if exists note_inserted on pgbell.notification;
drop trigger if exists note_updated on pgbell.notification;
drop trigger if exists note_deleted on pgbell.notification;
drop trigger if exists number_marked on pgbell.notification;
drop trigger if exists number_deleted on pgbell.notification;
drop function if exists pgbell.number_inserted();
drop function if exists pgbell.number_at_once();
drop function if exists pgbell.number_note(pgbell.user_id, pgbell.event_type, jsonb, integer);
drop function if exists pgbell.is_first_note(bigint);
drop function if exists pgbell.describe_notification(pgbell.notification);
drop function if exists pgbell.describe_new(bigint, text, jsonb, timestamptz);
drop function if exists pgbell.current_timeline();
drop function if exists pgbell.number_pending();
drop function if exists pgbell.log_gap();
drop function if exists pgbell.reset_reason(bigint, bigint, boolean);

-- A note: this transaction has touched this notification, and how it was before.  Unlogged, for it
-- need not survive a crash: then the transaction did not happen.  Empty between transactions, so
-- statistics about it are never right and not gathered; the functions that read it pin their plans.
-- One transaction may delete a notification and give its id to another person: that is two notes.
drop table if exists pgbell.pending;
create unlogged table pgbell.pending (
	txid xid8 not null default pg_current_xact_id(),
	id bigint not null,
	user_id pgbell.user_id not null,
	was_unread boolean,
	is_changed boolean not null default false,
	is_first boolean not null default false,
	primary key (txid, user_id, id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
	autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 2147483647);
comment on column pgbell.pending.was_unread is
	'whether the notification was unread; null: it was not there';
comment on column pgbell.pending.is_changed is 'whether more than read or unread has changed';
comment on column pgbell.pending.is_first is
	'the one row of its statement that has the transaction numbered at commit';

-- The inbox knows on which run of which server its last number was given, and the number before it
-- where numbers leapt.  Marking a great many read is one change of the inbox: those up to an id, but
-- for some, count as read from then on; pgbell.settle_read(1) brings the rows up to date.
alter table pgbell.inbox
	drop column timeline,
	add column era bigint,
	add column prev bigint,
	add column read_up_to bigint,
	add column read_up_to_at timestamptz,
	add column read_except bigint[];
comment on column pgbell.inbox.era is 'of the last number, see pgbell.current_era';
comment on column pgbell.inbox.prev is
	'the number before the last transaction''s first, where numbers leapt; else null';
comment on column pgbell.inbox.read_up_to is
	'notifications up to this id count as read, but for those in read_except; null: as their rows say';
create index inbox_unsettled on pgbell.inbox (user_id) where read_up_to is not null;

alter table pgbell.event add column prev bigint;
comment on column pgbell.event.prev is
	'the number before this one, where it is not seq - 1: numbers leapt, and nothing is missing';
-- For pgbell.leapt(2): a few events of a person.
create index event_leap on pgbell.event (user_id, seq) where prev is not null;
alter domain pgbell.event_type drop constraint event_type_check;
alter domain pgbell.event_type add constraint event_type_check check (value in (
	'new_notification', 'notification_changed', 'notification_read', 'notification_unread',
	'notification_deleted')) not valid;

-- Times that every program and browser can show.
create domain pgbell.moment as timestamptz;
alter table pgbell.notification
	alter column created_at type pgbell.moment,
	alter column read_at type pgbell.moment;
alter domain pgbell.moment add constraint "a time is one of the years 1 to 9999" check (
	value >= '0001-01-01 00:00:00+00' and value < '10000-01-01 00:00:00+00') not valid;

-- An error names the constraint, so that says what is wanted.
alter domain pgbell.user_id rename constraint user_id_length to "a user_id has 1 to 128 bytes";
alter domain pgbell.user_id rename constraint user_id_characters
	to "a user_id has no white space and no control characters";
alter domain pgbell.notification_kind rename constraint notification_kind_check
	to "a kind has 1 to 64 characters, none of them a control one";
alter domain pgbell.notification_data rename constraint notification_data_check
	to "data is a JSON object of at most 32768 bytes";
alter domain pgbell.notification_subject rename constraint notification_subject_check
	to "a subject has 1 to 200 characters";

-- Tickets are counted by person; a session that never ends, or has no id, has tickets too.
create index ticket_person on pgbell.ticket (user_id);
alter table pgbell.ticket
	alter column session_id drop not null,
	alter column session_expires_at drop not null;

-- The era in which pgbell was installed (or brought up to date to this), so that the numbers of those
-- who are first notified later, or whose last number was given before eras were noted, leap as well
-- where another era has begun.  See pgbell.current_era(0); install.sql fills it in.
alter table pgbell.migration add column era bigint;
comment on column pgbell.migration.era is
	'of number 1: the first era that this installation knows; see pgbell.current_era';

-- A function that marks one notification numbers that itself, and says so in the row: what would be
-- noted only to be numbered in the next statement is half of its time.
alter table pgbell.notification add column own_marks integer;
comment on column pgbell.notification.own_marks is
	'how often pgbell.mark_one has marked it: an update that counts here is numbered already, and not noted';

-- When old rows were last trimmed, for processes that live shorter than the time between two trims.
alter table pgbell.migration add column trimmed_at timestamptz;
comment on column pgbell.migration.trimmed_at is
	'of the first one: when pgbell.trim_if_due(3) last found nothing more to trim';
