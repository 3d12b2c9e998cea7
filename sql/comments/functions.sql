-- What \df+ tells.  Written by deploy/dev/write-comments from the headers of functions/; those that an
-- application may replace keep the comment that says whose they are (bundled.sql).

do $$
declare
	function record;
begin
	for function in
		select p.oid::regprocedure as signature, c.words
		from (values
			('allow_mutes', 'Lets people mute kinds and subjects: until this was called nobody can, and nothing looks for it.'),
			('changed_sessions', 'Inner: What has become of sessions that have streams: which have ended, which end at another time.'),
			('check_consistency', 'Proves counts and numbers: each row it returns is a contradiction, none is the proof.'),
			('check_health', 'Inner: Whether the database can do the work: it answers, has the schema, and takes writes.'),
			('collapse', 'Inner: Trigger, before update of place on pgbell.notification: another notification becomes one with this one, which has its key.  It counts, keeps who did it, is about what they have in common, is as old as the newest and moves to the top.'),
			('common_subject', 'Inner: What two things have in common, as paths: of question/7/answer/9 and question/7/comment/2 question/7.'),
			('count_unseen', 'Inner: How many unread notifications a person has not seen: those that the log has told as new or changed behind what was seen, and, where the log does not reach back to that, those made since.'),
			('create_session', 'Starts a session for a person whom the application has recognised, as by a password.'),
			('create_ticket', 'Inner: A ticket for one stream of the caller''s: single use, 60 seconds.  For pages that can send neither header nor cookie, so that the token itself stays out of addresses and their logs.'),
			('current_era', 'Inner: Which run of which database this is.  It is another one after PostgreSQL was started again (from an older copy of its files, perhaps), after a standby was promoted, a backup recovered, or a dump restored, into tables of its own or into those that were emptied by TRUNCATE; and in a database made from another as its TEMPLATE.'),
			('delete_notification', 'Inner: Deletes one of the caller''s notifications.'),
			('delete_subject', 'Takes back the notifications about a thing that is gone, and about what was under it: question/7 takes question/7/answer/9 along.'),
			('describe_again', 'Inner: What lists and events show of a notification that others have become one with, beside what pgbell.describe_event(5) gives.'),
			('describe_event', 'Inner: A notification as its events tell it: what pgbell.describe_notification(5) gives, to be kept.'),
			('describe_inbox', 'Inner: The badge of a person and the number it belongs to, and whose they are.'),
			('describe_installation', 'Inner: What there is beyond schema pgbell, for the document that describes the interface.'),
			('describe_notification', 'Inner: A notification as lists and events show it.'),
			('describe_preferences', 'Inner: What a person has muted, and what can be.'),
			('end_session', 'Inner: Signs out: ends the caller''s session, and with it its streams.  To end what has ended, or what never was, is no error.'),
			('events_after', 'Inner: What is new for people: their events after the given numbers. The query that a stream process asks most.  At rest it returns nothing.'),
			('format_time', 'Inner: The one way a time is written in JSON: RFC 3339, UTC, milliseconds.'),
			('get_counts', 'Inner: How many unread notifications of each kind the caller has, for a page with a tab for each.'),
			('get_preferences', 'Inner: What the caller has muted, and what can be.'),
			('get_session', 'Inner: Who is signed in, where the example application, which knows more of a person, is left out.'),
			('get_unread_count', 'Inner: The caller''s badge.'),
			('goes_on', 'Inner: Whether the first event behind a number follows it, so that nothing is missing in between.'),
			('has_mutes', 'Inner: Whether people can mute here: pgbell.allow_mutes(1) was called.'),
			('hash_token', 'Inner: What is kept of a secret: its SHA-256.  No salt, for a token is 256 random bits.'),
			('identify', 'Inner: Who a caller is: pgbell.authenticate(1) for each token that was shown, until one is known.'),
			('import_notification', 'Brings a notification of an older system along, with the times that it had.'),
			('is_covered', 'Inner: Whether a notification counts as read because all up to an id do, whatever its row says.'),
			('leap', 'Inner: How many numbers are left out where an era begins: more than anybody can have been given in one that is forgotten, and by chance, so that two eras that began at the same number differ.'),
			('leapt', 'Inner: How many numbers were left out of a person''s log behind a number: an era began there.  Without them, seq less that number is how many events there are.'),
			('leave_muted_out', 'Inner: Trigger, before insert on pgbell.notification, for each row: leaves out what its person has muted.  So RETURNING says nothing of it, and pgbell.notify(5) returns null.'),
			('list_events', 'Inner: The caller''s log after a number: what a stream would have sent, for pages that have none.'),
			('list_notifications', 'Inner: As pgbell.list_notifications(4), and only those of a kind, or about a subject.'),
			('log_one', 'Inner: Gives one event its number: locks the person''s inbox, counts, logs, and rings.'),
			('mark_all_read', 'Inner: Marks all of the caller''s notifications as read.'),
			('mark_many_read', 'Inner: Marks all of a person''s notifications as read, however many, by one change of the inbox: up to the newest one they count as read.  The rows follow: pgbell.settle_read(1).'),
			('mark_one', 'Inner: Marks one notification of a person''s, and numbers that at once.'),
			('mark_read', 'Inner: Marks one of the caller''s notifications as read.  Doing so again changes nothing and is no event.'),
			('mark_seen', 'Inner: Says that the caller has seen what there is, as by opening the list: it stays unread.'),
			('mark_unread', 'Inner: Marks one of the caller''s notifications as unread.  Doing so again changes nothing and is no event.'),
			('may_notify', 'Whether a person is to be told of this: she has muted neither the kind, nor the subject or what it is under, nor both together; or the kind cannot be muted.'),
			('mend', 'Puts right what pgbell.check_consistency(0) finds: rows that came without triggers (written under session_replication_role = replica, by logical replication, by a restore with triggers off) or numbers that were lost.  Counts are made anew, and the people''s streams and pages read their list again.'),
			('mend_person', 'Inner: Counts a person''s unread notifications anew, and begins the log anew: streams and pages read their list again (reset).'),
			('mute', 'Has a person told no more of a kind, of a subject and what is under it, or of a kind there; or told again.  What is in the list stays there.  Doing so again changes nothing.'),
			('name_change', 'Inner: Which event a notification''s state before and after a transaction make.'),
			('note_deleted', 'Inner: Trigger, after delete on pgbell.notification, once per statement: notes that these were there, and whether they were unread before the transaction.'),
			('note_inserted', 'Inner: Trigger, after insert on pgbell.notification, once per statement: notes that these were not there before.'),
			('note_unread', 'Inner: Trigger, after update of read_at on pgbell.notification, for each row that has none before and after: it may count as read all the same (pgbell.is_covered(3)), and then this makes it unread.'),
			('note_updated', 'Inner: Trigger, after update on pgbell.notification, for each row that was marked or changed: notes it, and whether it was unread before the transaction.'),
			('notify', 'Notifies a person, in the caller''s transaction: it rings when that commits.'),
			('number_at_commit', 'Inner: Deferred constraint trigger on pgbell.pending, for the first note of each statement, just before the transaction commits: gives everything noted its number, all of it the first time.'),
			('number_many', 'Inner: Gives what has become of all that this transaction has noted its numbers: locks the inbox rows of the people concerned, counts, writes the events, and rings, as pgbell.tell(1) says.'),
			('number_one', 'Inner: Gives the one thing that a transaction has noted its number.  What pgbell.number_many(0) does for many, for the transaction that has touched one notification, as most have: at a third of the time.'),
			('number_pending', 'Numbers what this transaction has noted so far.  The commit does this by itself; a function that needs the new count calls it to have it at once.  From then on others who notify the same people wait for this transaction''s end.'),
			('open_streams', 'Inner: Lets streams in, a whole batch in one round trip.'),
			('random_token', 'Inner: A new secret of 256 random bits.'),
			('refuse_change', 'Inner: Trigger: a notification''s id and person never change, and the table is not truncated, because neither could be told to the people concerned.'),
			('renew_session', 'Inner: Prolongs the caller''s session by its lifetime from now; its streams go on.'),
			('require_notification', 'Inner: An error unless the person has this notification.  That another person has it is not told.'),
			('require_session', 'Inner: The session of a token, or an error: the first line of every function for a signed-in caller.'),
			('require_turn', 'Inner: As pgbell.require_session(1), for a caller who is going to change something: takes the person''s turn too.'),
			('reset_reason', 'Inner: Whether a reader''s place in a person''s log can be gone on from without a hole.'),
			('revoke_sessions', 'Ends all sessions of a person, as after a changed password or a closed account.'),
			('ring', 'Rings the doorbell for people, when the transaction commits: their streams look what is new. Needs calling only where no event says it, as when an application''s own session has ended, and where pgbell.bell is "after"; see pgbell.number_pending(0).'),
			('ring_sessions', 'Inner: Rings for the people whose sessions have ended or been renewed, whoever did it and how: their streams look what has become of their sessions.'),
			('set_preferences', 'Inner: Mutes a kind, a subject or both for the caller, or takes that back.'),
			('settle_read', 'Inner: Brings rows up to date that count as read since pgbell.mark_many_read(2): their read_at says so.'),
			('shrink_pending', 'Inner: Gives the space of pgbell.pending back where a very large transaction has passed through it.'),
			('spend_ticket', 'Inner: Whose ticket this was.  It is gone afterwards, whatever the answer.'),
			('take_turn', 'Inner: Has the caller''s changes made one after the other: whoever changes something of a person first takes that person''s turn, until the transaction ends.'),
			('tell', 'Inner: Has people told who have just been given numbers: sees to it that the commit is on disk first, and rings for them in the way that the setting pgbell.bell says: inside   with this transaction''s commit; also when it is not set after    when the same database session calls pgbell.ring() behind the commit.  A commit that rings holds a lock of the whole cluster while it is flushed, and such commits go one after another; one that only rings waits for no flush none     not at all: streams look for themselves every PGBELL_FLOOR_S seconds'),
			('told_after', 'Inner: Which notifications a person''s log has told as new, changed or unread behind a number: what a page that has seen the log up to there has not seen as it is now.'),
			('trim', 'Deletes old events, sessions that ended or expired, and tickets that expired; brings rows up to date that count as read; and gives back what a very large transaction has left pgbell.pending with.  Notifications stay: they are the people''s own.  Call it again while a count comes near lim.'),
			('trim_if_due', 'Trims what is old, where nobody has done so for a while: who asks need not live as long.')
		) as c (name, words)
		join pg_proc p on p.proname = c.name and p.pronamespace = 'pgbell'::regnamespace
	loop
		execute format('comment on function %s is %L', function.signature, function.words);
	end loop;
end;
$$;
