-- 0013: what people want to hear no more of; see pgbell.allow_mutes(1).

create table pgbell.mute (
	user_id pgbell.user_id not null,
	kind pgbell.notification_kind,
	subject pgbell.notification_subject,
	created_at timestamptz not null default now(),
	check (kind is not null or subject is not null)
);
-- Neither is ever empty.
create unique index mute_person on pgbell.mute (user_id, coalesce(kind, ''), coalesce(subject, ''));

create table pgbell.unmutable_kind (
	kind pgbell.notification_kind primary key
);
