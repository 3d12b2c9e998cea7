-- Installs pgbell, or brings an older one up to date:
--
--     psql -v ON_ERROR_STOP=1 -f sql/install.sql
--
-- Run it as the owner of the database, whom all of it will belong to; it need not be a superuser.
-- It is one transaction, may be run any number of times, and loses no row.  `-v qa=off` leaves the
-- example application out.  It may be run while the site is in use: readers and writers wait for a
-- moment.  `-v wait=60` is for how many seconds it tries to get its locks before it gives up.
--
-- The roles pgbell_api and pgbell_stream are made if they are missing and the owner may make roles.
-- Where it may not, as on hosting with one role, that one role does everything.
--
-- Tables come from migrations: numbered, forward only, each applied once and recorded.  None may
-- rewrite a table (a default that is computed for each row, another type): a transaction that
-- waited for its lock with an older snapshot would find it empty, and call sessions unknown.  Functions,
-- triggers and grants are one file each and applied anew each time.

\set ON_ERROR_STOP on
\set QUIET on
\pset tuples_only on
\pset format unaligned
\if :{?qa}
\else
	\set qa on
\endif
\if :{?wait}
\else
	\set wait 60
\endif

-- These files are UTF-8, also where the terminal is not; and they say what else they count on.
\encoding UTF8
begin read write;
set local standard_conforming_strings = on;
set local client_min_messages = warning;
set local search_path = pg_catalog, pg_temp;

\ir prepare.sql
\ir take_locks.sql

-- --- tables -------------------------------------------------------------------------------------

\set migration 1
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0001_inbox.sql
	insert into pgbell.migration (number, name) values (1, 'inbox');
\endif

\set migration 11
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0011_notes_and_eras.sql
	insert into pgbell.migration (number, name) values (11, 'notes_and_eras');
\endif

\set migration 12
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0012_keys.sql
	insert into pgbell.migration (number, name) values (12, 'keys');
\endif

\set migration 13
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0013_mutes.sql
	insert into pgbell.migration (number, name) values (13, 'mutes');
\endif

\set migration 14
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0014_gone.sql
	insert into pgbell.migration (number, name) values (14, 'gone');
\endif

\set migration 15
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0015_seen.sql
	insert into pgbell.migration (number, name) values (15, 'seen');
\endif

\set migration 16
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0016_due.sql
	insert into pgbell.migration (number, name) values (16, 'due');
\endif

\set migration 17
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0017_claims.sql
	insert into pgbell.migration (number, name) values (17, 'claims');
\endif

\set migration 18
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0018_quiet_bell.sql
	insert into pgbell.migration (number, name) values (18, 'quiet_bell');
\endif

\set migration 19
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0019_fewer_looks.sql
	insert into pgbell.migration (number, name) values (19, 'fewer_looks');
\endif

\set migration 20
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0020_addresses.sql
	insert into pgbell.migration (number, name) values (20, 'addresses');
\endif

\set migration 21
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0021_announcements.sql
	insert into pgbell.migration (number, name) values (21, 'announcements');
\endif

\set migration 22
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0022_looks_tell.sql
	insert into pgbell.migration (number, name) values (22, 'looks_tell');
\endif

\set migration 24
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0024_twice.sql
	insert into pgbell.migration (number, name) values (24, 'twice');
\endif

\set migration 25
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0025_shown_once.sql
	insert into pgbell.migration (number, name) values (25, 'shown_once');
\endif

\set migration 26
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0026_subjects.sql
	insert into pgbell.migration (number, name) values (26, 'subjects');
\endif

\set migration 27
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0027_noted_first.sql
	insert into pgbell.migration (number, name) values (27, 'noted_first');
\endif

\set migration 28
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0028_published.sql
	insert into pgbell.migration (number, name) values (28, 'published');
\endif

\set migration 29
\ir migrations/wanted.sql
\if :wanted
	\ir migrations/0029_fires.sql
	insert into pgbell.migration (number, name) values (29, 'fires');
\endif

-- --- functions: each folder uses those before it, and what all use stands beside them ----------

\ir functions/format_time.sql
\ir functions/page_bytes.sql
\ir functions/is_about.sql

\ir functions/bell/bell_lock.sql
\ir functions/bell/ring_words.sql
\ir functions/bell/ring.sql
\ir functions/bell/wake_streams.sql

\ir functions/log/current_era.sql
\ir functions/log/leap.sql
\ir functions/log/leapt.sql
\ir functions/log/first_behind.sql
\ir functions/log/goes_on.sql
\ir functions/log/reset_reason.sql
\ir functions/log/concerns_all.sql
\ir functions/log/changed_after.sql
\ir functions/log/finish_event.sql

\ir functions/numbering/is_covered.sql
\ir functions/numbering/describe_merged.sql
\ir functions/numbering/describe_event.sql
\ir functions/numbering/common_subject.sql
\ir functions/numbering/collapse.sql
\ir functions/numbering/is_there.sql
\ir functions/numbering/has_triggers.sql
\ir functions/numbering/name_keepers.sql
\ir functions/numbering/note_inserted.sql
\ir functions/numbering/note_updated.sql
\ir functions/numbering/note_deleted.sql
\ir functions/numbering/note_unread.sql
\ir functions/numbering/refuse_change.sql
\ir functions/numbering/mend_log.sql
\ir functions/numbering/name_change.sql
\ir functions/numbering/view_change.sql
\ir functions/numbering/log_one.sql
\ir functions/numbering/number_one.sql
\ir functions/numbering/number_many.sql
\ir functions/numbering/number_noted.sql
\ir functions/numbering/number_pending.sql
\ir functions/numbering/number_at_once.sql
\ir functions/numbering/number_at_commit.sql

\ir functions/session/hash_token.sql
\ir functions/session/format_end.sql
\ir functions/session/random_token.sql
\set replaceable 'pgbell.authenticate(text)'
\ir bundled.sql
\if :bundled
	\ir functions/session/authenticate.sql
	\ir mark_bundled.sql
\endif
\set replaceable 'pgbell.ended_sessions(text[])'
\ir bundled.sql
\if :bundled
	\ir functions/session/ended_sessions.sql
	\ir mark_bundled.sql
\endif
\set replaceable 'pgbell.renewed_sessions(text[],timestamptz[])'
\ir bundled.sql
\if :bundled
	\ir functions/session/renewed_sessions.sql
	\ir mark_bundled.sql
\endif
\ir functions/session/changed_sessions.sql
\ir functions/session/identify.sql
\ir functions/session/knows_token.sql
\ir functions/session/require_session.sql
\ir functions/session/take_turn.sql
\ir functions/session/require_turn.sql
\ir functions/session/get_session.sql
\ir functions/session/create_session.sql
\ir functions/session/end_session.sql
\ir functions/session/renew_session.sql
\ir functions/session/ring_sessions.sql
\ir functions/session/revoke_sessions.sql
\ir functions/session/create_ticket.sql
\ir functions/session/spend_ticket.sql

\ir functions/preference/has_mutes.sql
\ir functions/preference/may_notify.sql
\ir functions/preference/leave_muted_out.sql
\ir functions/preference/allow_mutes.sql
\ir functions/preference/mute.sql
\ir functions/preference/describe_preferences.sql
\ir functions/preference/get_preferences.sql
\ir functions/preference/set_preferences.sql

\ir functions/announcement/ring_due.sql
select to_regprocedure('pgbell.has_announcements()') is null as is_missing \gset
\if :is_missing
	\ir functions/announcement/has_announcements.sql
\endif
\ir functions/announcement/expect_announcements.sql
\ir functions/announcement/newest_announcement.sql
\ir functions/announcement/give_announcements.sql
\ir functions/announcement/take_announcements.sql
\ir functions/announcement/announce.sql
\ir functions/announcement/withdraw.sql

\ir functions/inbox/describe_placed.sql
\ir functions/inbox/describe_listed.sql
\ir functions/inbox/newest_unread.sql
\ir functions/inbox/count_unseen.sql
\ir functions/inbox/describe_inbox.sql
\ir functions/inbox/require_notification.sql
\ir functions/inbox/expire_at.sql
\ir functions/inbox/notify.sql
\ir functions/inbox/import_notification.sql
\ir functions/inbox/delete_subject.sql
\ir functions/inbox/get_unread_count.sql
\ir functions/inbox/list_notifications.sql
\ir functions/inbox/list_filtered.sql
\ir functions/inbox/list_any.sql
\ir functions/inbox/get_counts.sql
\ir functions/inbox/ask_anew.sql
\ir functions/inbox/mark_later.sql
\ir functions/inbox/mark_one.sql
\ir functions/inbox/mark_read.sql
\ir functions/inbox/mark_unread.sql
\ir functions/inbox/mark_many_read.sql
\ir functions/inbox/mark_all_of.sql
\ir functions/inbox/mark_all_read.sql
\ir functions/inbox/settle_one.sql
\ir functions/inbox/settle_read.sql
\ir functions/inbox/mark_seen.sql
\ir functions/inbox/delete_one.sql
\ir functions/inbox/delete_notification.sql

\ir functions/later/snoozed_notification.sql
\ir functions/later/run_task.sql
\ir functions/later/expire.sql
\ir functions/later/put_back.sql
\ir functions/later/put_off_busy.sql
\ir functions/later/run_tasks.sql
\ir functions/later/end_announcements.sql
\ir functions/later/run_due.sql
\ir functions/later/snooze.sql
\ir functions/later/unsnooze.sql
\ir functions/later/list_snoozed.sql
\ir functions/later/require_forgotten.sql
\ir functions/later/forget_person.sql
\ir functions/later/claim_unread.sql

\ir functions/topic/topic_address.sql
\ir functions/topic/topic_seq.sql
\ir functions/topic/view_publication.sql
\ir functions/topic/note_published.sql
\ir functions/topic/refuse_retraction.sql
\ir functions/topic/publish.sql
\set replaceable 'pgbell.may_follow(text,text)'
\ir bundled.sql
\if :bundled
	\ir functions/topic/may_follow.sql
	\ir mark_bundled.sql
\endif
\ir functions/topic/lets_follow.sql
\ir functions/topic/lost_follows.sql
\ir functions/topic/ring_topics.sql
\ir functions/topic/open_follows.sql

\ir functions/stream/see.sql
\ir functions/stream/take_berth.sql
\ir functions/stream/leave_berth.sql
\ir functions/stream/look.sql
\ir functions/stream/open_streams.sql
\ir functions/stream/open_streams_before.sql
\ir functions/stream/events_after.sql
\ir functions/stream/events_after_before.sql
\ir functions/stream/list_log.sql
\ir functions/stream/list_events_anew.sql
\ir functions/stream/list_events.sql
\ir functions/stream/list_topic_events.sql
\ir functions/stream/run_command.sql
\ir functions/stream/run_commands.sql

\ir functions/maintenance/check_health.sql
\ir functions/maintenance/describe_installation.sql
\ir functions/maintenance/check_consistency.sql
\ir functions/maintenance/mend.sql
\ir functions/maintenance/shrink_pending.sql
\ir functions/maintenance/trim.sql
\ir functions/maintenance/delete_untold.sql
\ir functions/maintenance/trim_read.sql
\ir functions/maintenance/trim_if_due.sql

\ir triggers/notification.sql
\ir triggers/pending.sql
\ir triggers/publication.sql
\ir triggers/session.sql

update pgbell.migration set era = pgbell.current_era() where number = 1 and era is null;

\ir comments/tables.sql
\ir comments/functions.sql

-- --- the example application, and who may do what -----------------------------------------------

\if :qa
	\ir qa/install.sql
\endif
\ir grants.sql

commit;
\echo pgbell is installed.
