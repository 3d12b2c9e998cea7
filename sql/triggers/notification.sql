-- How a change of a notification, and a publication, becomes an event: the whole of it.
--
-- A log belongs to an address: a person's, which is the user_id, or a topic's, which is chr(1) and its name.
-- From the note on everything goes by address, and a topic is an address that has no notifications.
--
--   what happens                      its note in pgbell.pending          is numbered
--   --------------------------------  ----------------------------------  --------------------------
--   INSERT, COPY, MERGE, upsert       that the row was not there          just before the commit, by
--   UPDATE of a mark or of content    whether it was unread, and whether  the deferred trigger
--                                     more has changed than that          number_at_commit; or earlier
--   UPDATE of place: it was merged    the same, and is_merged             by a function that needs the
--   DELETE, cascades                  whether it was unread               count: number_pending()
--   the same row once more            none: the first note says how it
--                                     was before the transaction
--   INSERT, COPY into                 what the event tells; one note
--   pgbell.publication, publish()     each, in order
--   an announcement is taken          as an INSERT, for its person
--   a mark by pgbell.mark_one(3)      none: own_marks says that it is     at once, by that function
--                                     numbered; but what a trigger of the
--                                     application's changes with it
--
-- Noting.  Triggers write one note for each row that has none yet: how the row was before this transaction
-- (or since it was last numbered).  The note of a small new row has, besides, what its event tells (inserted),
-- so that the row is not looked for again; a later note of the same row takes that away.
-- Nothing is kept in a setting: notes are written by functions of pgbell alone, so no role that may only
-- notify can have a row numbered twice, or not at all.
--
-- Numbering.  At the commit the rows are looked at as they are then: pgbell.change compares them with their
-- notes and says which event each has come to.  So an event tells what was committed, however often it was
-- changed on the way, and a row that came and went again is no event.  Each address's row in pgbell.inbox is
-- locked, in the order of addresses, counts, and gives the numbers; pgbell.event gets the rows; the notes go;
-- streams that sleep are rung.  Since nothing is numbered before the commit, numbers become visible in their
-- order, a transaction that notifies early and works on holds nobody up, and locks are taken once.
--   number_noted   is where all begin: one new row that its note tells is numbered there and then
--   number_one     one row of another kind
--   number_many    several, or a rare case; by the view pgbell.change
--   log_one        counts, numbers, logs and wakes for one event
--
-- When.  The first note of those that wait for numbers (fires) has the deferred constraint trigger fire, which numbers
-- all that was noted: once for a transaction, of however many statements.  It stays right in every case:
--   ROLLBACK TO SAVEPOINT takes the notes of a statement and its trigger event away together;
--   SET CONSTRAINTS ALL IMMEDIATE, or pgbell.number_pending() called by a function, empties the
--     table early: a trigger event left over finds nothing to do;
--   another deferred trigger that notifies during the commit is noted too, and the commit goes on
--     until nothing is left.
--
-- Merging.  An insert with a key that an unread notification has changes that one (on conflict do update): so
-- the index lets one transaction through at a time, and the second changes what the first made.  The trigger
-- collapse says what becomes of the row, before it is written.  It is noted as any change, with is_merged: a
-- person who had read it has not read this, so where the inbox was marked read meanwhile it is unread again.
--
-- Announcements.  pgbell.announce() writes one row for everybody and numbers nothing.  When a person is there
-- pgbell.give_announcements(2) inserts it as a notification of hers, which is noted and numbered as any other.
--
-- Waking.  pgbell.wake_streams(1) rings for the addresses where a stream process sleeps.  A process that is
-- awake finds the events by their transactions instead: pgbell.look(5).
--
-- Where triggers do not fire (session_replication_role = replica, the apply worker of logical
-- replication, a restore with triggers off) rows are neither counted nor told.  A count that would
-- fall below zero for that is counted anew there and then; pgbell.mend() finds and mends all of it.

create or replace trigger note_inserted after insert on pgbell.notification
referencing new table as inserted
for each statement execute function pgbell.note_inserted();

-- Triggers fire in the order of their names.  These two are the first, since one of the application's may change or
-- delete the row again, and what it changes would be noted before what has been changed.
create or replace trigger "!note_updated" after update on pgbell.notification
for each row when ((new.read_at is null) <> (old.read_at is null) and new.own_marks is not distinct from old.own_marks
	or new.kind <> old.kind or new.data <> old.data or new.created_at <> old.created_at
	or new.subject is distinct from old.subject or new.place is distinct from old.place or new.user_id <> old.user_id or new.id <> old.id)
execute function pgbell.note_updated();

-- A statement that sets read_at to null means it, also where the row had none.
create or replace trigger "!note_unread" after update of read_at on pgbell.notification
for each row when (old.read_at is null and new.read_at is null)
execute function pgbell.note_unread();

create or replace trigger note_deleted after delete on pgbell.notification
referencing old table as deleted
for each statement execute function pgbell.note_deleted();

-- Named columns, so that a statement that marks does not have the condition prepared for nothing.  What a
-- trigger of the application's moves pgbell.note_updated(0) refuses.
create or replace trigger refuse_move before update of user_id, id on pgbell.notification
for each row when (new.user_id <> old.user_id or new.id <> old.id)
execute function pgbell.refuse_change();

create or replace trigger collapse before update of place on pgbell.notification
for each row execute function pgbell.collapse();

create or replace trigger refuse_truncate before truncate on pgbell.notification
for each statement execute function pgbell.refuse_change();
