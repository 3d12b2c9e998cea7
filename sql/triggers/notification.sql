-- How what changes, and what is published, becomes an event: the whole of it.
--
-- A log is an address's: a person's, whose user_id it is, or a topic's, chr(1) and its name.  From the
-- note on all is done by address, and a topic is a person who has no notifications.
--
--   what happens                      is noted in pgbell.pending          and numbered
--   --------------------------------  ----------------------------------  --------------------------
--   INSERT, COPY, MERGE, upsert       the row was not there               just before the commit, by
--   UPDATE of a mark or of content,   whether it was unread; changed?     the deferred trigger
--   and becoming one with another     again?
--   DELETE, cascades                  whether it was unread               number_at_commit; or earlier
--   the same row once more            nothing: the first note says how    by a function that needs the
--                                     it was before the transaction       count: number_pending()
--   INSERT, COPY into                 all that there is to tell, each
--   pgbell.publication, publish()     by itself, in order
--   a mark by pgbell.mark_one(3)      nothing: own_marks says that it     by that function, at once
--                                     is numbered; but what a trigger of
--                                     the application's changes with it
--
-- Noting.  Triggers write one note for each row that was not noted before: how the row was before
-- this transaction (or since it was last numbered).  Of a new one that is small the note has, besides,
-- what its event will say, so that the row is not looked for again; what is noted of it later takes that
-- away.
-- Nothing is kept in a setting: notes are written by our functions alone, so nobody who may notify can
-- have a row numbered twice, or not at all.
--
-- Numbering.  At the commit the rows are looked at as they are then (but for one new one that its note
-- tells of): pgbell.change compares them with the notes and says which event each has come to.  So what
-- is told is what was committed, however often it was changed on the way, and what came and went again is
-- nothing.  Each address's inbox is locked, in the order of addresses, counts, and gives the numbers;
-- pgbell.event gets the rows; the notes go; the bell rings.  Since nothing is numbered before the commit,
-- numbers become visible in their order, a transaction that notifies early and works on holds nobody up,
-- and locks are taken once.
--
-- At which moment.  One of the notes, or one of each statement's, has the deferred constraint trigger
-- fire.  The first time it numbers all that was noted, and then it finds nothing more to do.  It stays
-- right in every case:
--   ROLLBACK TO SAVEPOINT takes the notes of a statement and its trigger event away together;
--   SET CONSTRAINTS ALL IMMEDIATE, or pgbell.number_pending() called by a function, empties the
--     table early: a trigger event left over finds nothing to do;
--   another deferred trigger that notifies during the commit is noted too, and the commit goes on
--     until nothing is left.
--
-- Becoming one.  An insert with a key that an unread notification has changes that one (on conflict do
-- update): so the index lets one through at a time, and the second of two changes what the first made.
-- collapse says what becomes of the row, before it is written; it is noted as any change, with is_again,
-- since whoever had read it has not read this: if the inbox has marked it read meanwhile it is unread anew.
--
-- Where triggers do not fire (session_replication_role = replica, the apply worker of logical
-- replication, a restore with triggers off) rows are neither counted nor told.  A count that would
-- fall below zero for that is counted anew there and then; pgbell.mend() finds and mends all of it.

create or replace trigger note_inserted after insert on pgbell.notification
referencing new table as inserted
for each statement execute function pgbell.note_inserted();

create or replace trigger note_updated after update on pgbell.notification
for each row when ((new.read_at is null) <> (old.read_at is null) and new.own_marks is not distinct from old.own_marks
	or new.kind <> old.kind or new.data <> old.data or new.created_at <> old.created_at
	or new.place is distinct from old.place or new.user_id <> old.user_id or new.id <> old.id)
execute function pgbell.note_updated();

-- A statement that sets read_at to null means it, also where the row had none.
create or replace trigger note_unread after update of read_at on pgbell.notification
for each row when (old.read_at is null and new.read_at is null)
execute function pgbell.note_unread();

create or replace trigger note_deleted after delete on pgbell.notification
referencing old table as deleted
for each statement execute function pgbell.note_deleted();

-- Named columns, so that a statement that marks does not have the condition prepared for nothing.  What a
-- trigger of the application's moves note_updated refuses.
create or replace trigger refuse_move before update of user_id, id on pgbell.notification
for each row when (new.user_id <> old.user_id or new.id <> old.id)
execute function pgbell.refuse_change();

create or replace trigger collapse before update of place on pgbell.notification
for each row execute function pgbell.collapse();

create or replace trigger refuse_truncate before truncate on pgbell.notification
for each statement execute function pgbell.refuse_change();
