-- 0001: the inbox, its notifications and its log; sessions and tickets.
--
-- Text that is compared byte by byte only is collated "C": one order for all writers, and no index
-- that a new release of the operating system's locale could make wrong.

-- Any application's key of a person: a number, a uuid, an e-mail address.  Without white space or
-- control characters, because a doorbell's payload is ids with a space between them.
create domain pgbell.user_id as text collate "C"
	constraint user_id_length check (octet_length(value) between 1 and 128)
	constraint user_id_characters check (value !~
		'[\u0001-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]');

-- What a value may be is said by domains and not by checks of the tables.  PostgreSQL reads and
-- prepares each check anew for each statement, a domain's once per connection: an insert into
-- pgbell.notification took 17 us for its three checks, and takes 3 us for these.
create domain pgbell.notification_kind as text
	constraint notification_kind_check check (
		char_length(value) between 1 and 64 and value !~ '[\u0001-\u001f\u007f-\u009f]');
create domain pgbell.notification_data as jsonb
	constraint notification_data_check check (
		jsonb_typeof(value) = 'object' and octet_length(value::text) <= 32768);
create domain pgbell.notification_subject as text collate "C"
	constraint notification_subject_check check (char_length(value) between 1 and 200);
create domain pgbell.event_type as text
	constraint event_type_check check (value in ('new_notification', 'notification_read',
		'notification_unread', 'notification_deleted'));
create domain pgbell.event_unread_count as integer
	constraint event_unread_count_check check (value >= 0);

-- The row that orders a person's events and holds the badge.  unread_count has no check of its own:
-- the upsert that counts proposes a row with the change alone, which may be below zero, and a check
-- would see that one.  Every change passes through pgbell.event, where it is checked.
-- Half of each page is kept free so that a new seq stays on its page (a HOT update).
create table pgbell.inbox (
	user_id pgbell.user_id primary key,
	seq bigint not null,
	unread_count integer not null,
	timeline integer
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

create table pgbell.notification (
	id bigint generated always as identity primary key,
	user_id pgbell.user_id not null,
	kind pgbell.notification_kind not null,
	data pgbell.notification_data not null default '{}',
	subject pgbell.notification_subject,
	created_at timestamptz not null default now(),
	read_at timestamptz
);
comment on column pgbell.notification.subject is
	'what it is about, a path such as question/7/answer/9; see pgbell.delete_subject';

-- The list newest first, and the same of the unread ones.
create index notification_list on pgbell.notification (user_id, id);
create index notification_unread on pgbell.notification (user_id, id) where read_at is null;
create index notification_subject on pgbell.notification (subject) where subject is not null;

-- The log.  seq counts 1, 2, 3 … for each person without a hole; what is trimmed is always its
-- beginning.
create table pgbell.event (
	user_id pgbell.user_id not null,
	seq bigint not null,
	type pgbell.event_type not null,
	data jsonb not null,
	unread_count pgbell.event_unread_count not null,
	created_at timestamptz not null,
	primary key (user_id, seq)
);
create index event_age on pgbell.event (created_at);

-- What a running transaction has noted and not yet numbered.  Unlogged, for it need not survive a
-- crash: then the transaction did not happen.  It is empty between transactions, so statistics
-- about it are never right and not gathered; the functions that read it pin their plans.
create unlogged table pgbell.pending (
	txid xid8 not null default pg_current_xact_id(),
	user_id pgbell.user_id not null,
	ord bigint generated always as identity,
	type pgbell.event_type not null,
	data jsonb not null,
	delta integer not null,
	first boolean not null,
	primary key (txid, user_id, ord)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
	autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 2147483647,
	vacuum_truncate = off);
comment on column pgbell.pending.first is
	'the one row of its statement that has the transaction numbered at commit';

-- Secrets are kept as their SHA-256 only.  A session that ended stays until it is trimmed, so that
-- its streams can be told why.
create table pgbell.session (
	id text collate "C" primary key default gen_random_uuid()::text,
	token_hash bytea not null unique check (octet_length(token_hash) = 32),
	user_id pgbell.user_id not null,
	created_at timestamptz not null default now(),
	expires_at timestamptz not null,
	ended_at timestamptz,
	end_reason text check (end_reason in ('signed_out', 'revoked')),
	lifetime interval not null default '30 days',
	check ((ended_at is null) = (end_reason is null))
);
create index session_person on pgbell.session (user_id) where ended_at is null;
create index session_age on pgbell.session (coalesce(ended_at, expires_at));

-- session_id is no foreign key: an application that replaced pgbell.authenticate() has sessions of
-- its own, elsewhere.
create table pgbell.ticket (
	token_hash bytea primary key check (octet_length(token_hash) = 32),
	user_id pgbell.user_id not null,
	session_id text not null,
	session_expires_at timestamptz not null,
	expires_at timestamptz not null
);
create index ticket_age on pgbell.ticket (expires_at);

-- Who may read the statistics of a stream process.
create table pgbell.operator (
	user_id pgbell.user_id primary key
);
