-- How a changed row becomes an event.
--
-- Statement triggers only note what changed, in pgbell.pending.  One row of each statement, the
-- first, is marked; the deferred constraint trigger fires for it, just before the commit.  The first
-- time it numbers all that the transaction has noted, and then finds nothing more to do.  (To mark
-- one row of the transaction would take a look for others at each statement.)  So numbers become visible in their order, a transaction that notifies early and
-- works on holds nobody up, and locks are taken once, sorted.
--
-- The mark stays right in every case:
--   ROLLBACK TO SAVEPOINT takes the rows of a statement and its trigger event away together;
--   SET CONSTRAINTS ALL IMMEDIATE, or pgbell.number_pending() called by a function, empties the
--     table early: a trigger event left over finds nothing to do;
--   another deferred trigger that notifies during the commit marks a row too, and the commit goes
--     on until none is left.

create or replace trigger note_inserted after insert on pgbell.notification
referencing new table as inserted
for each statement execute function pgbell.note_inserted();

create or replace trigger note_updated after update on pgbell.notification
referencing old table as before new table as after
for each statement execute function pgbell.note_updated();

create or replace trigger note_deleted after delete on pgbell.notification
referencing old table as deleted
for each statement execute function pgbell.note_deleted();

-- Named columns, so that a statement that marks does not have the condition prepared for nothing.
create or replace trigger refuse_move before update of user_id, id on pgbell.notification
for each row when (new.user_id <> old.user_id or new.id <> old.id)
execute function pgbell.refuse_change();

create or replace trigger refuse_truncate before truncate on pgbell.notification
for each statement execute function pgbell.refuse_change();
