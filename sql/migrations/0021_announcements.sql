-- 0021: what everybody is told by one row; see pgbell.announce(4).  Read notifications go by age where
-- that is wanted.  What is snoozed can be listed, and is all that it was when it is back.

create table pgbell.announcement (
	id bigint generated always as identity primary key,
	kind pgbell.notification_kind not null,
	data pgbell.notification_data not null,
	subject pgbell.notification_subject,
	created_at pgbell.moment not null default now(),
	expires_at pgbell.moment,
	ended_up_to pgbell.user_id
);
create index announcement_end on pgbell.announcement (expires_at);
comment on column pgbell.announcement.ended_up_to is
	'it is over, and has been taken away from people up to this one; see pgbell.end_announcements';

-- Whom it has become a notification of.
create table pgbell.announced (
	announcement_id bigint not null,
	user_id pgbell.user_id not null,
	notification_id bigint not null,
	taken_at timestamptz not null default now(),
	primary key (announcement_id, user_id)
);

alter table pgbell.inbox add column announced_up_to bigint;
comment on column pgbell.inbox.announced_up_to is
	'announcements up to this id have become notifications of this person''s; null: none has';

-- The walk through read notifications goes on where it was.
alter table pgbell.migration
	add column trimmed_up_to bigint,
	add column read_trimmed_at timestamptz;
comment on column pgbell.migration.trimmed_up_to is
	'of the first one: up to which id pgbell.trim_read has looked; null: it begins anew';
comment on column pgbell.migration.read_trimmed_at is
	'of the first one: when pgbell.trim_if_due(4) last had that look at all of them';
drop function if exists pgbell.trim_if_due(interval, interval, integer);

-- A person's are listed in the order of their times.
alter table pgbell.due
	add column count integer,
	add column actors jsonb,
	add column place bigint,
	add column read_at pgbell.moment;
comment on column pgbell.due.place is 'of one that was snoozed, and what stands beside it too: as it was then';
-- No partial one: a planner that takes the table for empty would go through all of it for a task.
drop index pgbell.due_person;
create index due_person on pgbell.due (user_id, task, at, id);
