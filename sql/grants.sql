-- Who may do what; the one place of grants.
--
-- The owner owns everything.  pgbell_api and pgbell_stream own nothing, read no table, and may
-- execute the functions below, each of which works for the caller of the token it is given.  An
-- application's own grants are left as they are; see pgbell.notify(7).
--
-- A function whose arguments or meaning change gets another signature; the older one, and the right
-- to execute it, stay for a release: programs that run go on until they are started again.

revoke all on schema pgbell from public;
revoke all on all tables in schema pgbell from public;
revoke all on all sequences in schema pgbell from public;
revoke all on all functions in schema pgbell from public;

\if :has_api
	revoke all on all tables in schema pgbell from pgbell_api;
	revoke all on all functions in schema pgbell from pgbell_api;
	grant usage on schema pgbell to pgbell_api;
	grant execute on function
		pgbell.check_health(text),
		pgbell.create_ticket(text),
		pgbell.delete_notification(text, bigint),
		pgbell.describe_installation(text),
		pgbell.end_session(text),
		pgbell.get_counts(text),
		pgbell.get_preferences(text),
		pgbell.get_session(text),
		pgbell.get_unread_count(text),
		pgbell.identify(text),
		pgbell.knows_token(text),
		pgbell.list_events(text, bigint, integer),
		pgbell.list_filtered(text, integer, bigint, boolean, text, text),
		pgbell.list_notifications(text, integer, bigint, boolean),
		pgbell.list_notifications(text, integer, bigint, boolean, text, text),
		pgbell.list_topic_events(text, text, bigint, integer),
		pgbell.list_snoozed(text, integer, bigint),
		pgbell.mark_all_read(text, bigint),
		pgbell.mark_read(text, bigint),
		pgbell.mark_seen(text, bigint),
		pgbell.mark_unread(text, bigint),
		pgbell.renew_session(text),
		pgbell.ring(text[]),
		pgbell.set_preferences(text, text, text, boolean),
		pgbell.snooze(text, bigint, text),
		pgbell.unsnooze(text, bigint)
	to pgbell_api;
\endif

\if :has_stream
	revoke all on all tables in schema pgbell from pgbell_stream;
	revoke all on all functions in schema pgbell from pgbell_stream;
	grant usage on schema pgbell to pgbell_stream;
	grant execute on function
		pgbell.bell_lock(),
		pgbell.changed_sessions(text[], timestamptz[]),
		pgbell.ended_sessions(text[]),
		pgbell.events_after(text[], bigint[], integer, integer),
		pgbell.events_after(text[], bigint[], text[], integer, timestamptz[]),
		pgbell.identify(text),
		pgbell.leapt(text, bigint),
		pgbell.leave_berth(integer),
		pgbell.look(text, integer, integer, integer, integer),
		pgbell.lost_follows(text[], text[]),
		pgbell.newest_announcement(),
		pgbell.open_streams(text[], text[], bigint[]),
		pgbell.open_streams(text[], text[], bigint[], text[]),
		pgbell.renewed_sessions(text[], timestamptz[]),
		pgbell.run_commands(text[], text[], text[], text[], bigint[], text[]),
		pgbell.take_announcements(text[]),
		pgbell.take_berth(integer),
		pgbell.trim(interval, integer),
		pgbell.run_due(integer),
		pgbell.trim_if_due(interval, interval, integer, interval)
	to pgbell_stream;
\endif
