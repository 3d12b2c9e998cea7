-- How a changed row becomes an event.
--
-- Nothing is numbered before the commit.  So numbers become visible in their order, a transaction
-- that notifies early and works on holds nobody up, and locks are taken once, sorted.
--
-- Until then it is noted.  Most transactions insert one notification and nothing else: for it a
-- deferred constraint trigger, number_inserted, is enough, which has the row in hand and numbers it.
-- Other changes are noted by statement triggers in pgbell.pending.  One row of each statement, the
-- first, is marked; the deferred constraint trigger number_at_commit fires for it.  The first time
-- it numbers all that the transaction has noted, and then finds nothing more to do.  (To mark one
-- row of the transaction would take a look for others at each statement.)  Where a transaction has
-- noted more than its first notification, that joins the others, before all of them.
-- pgbell.is_first_note(1) knows how it stands.
--
-- It stays right in every case:
--   ROLLBACK TO SAVEPOINT takes the rows of a statement, its trigger event, and what is_first_note
--     knew of them, away together;
--   SET CONSTRAINTS ALL IMMEDIATE, or pgbell.number_pending() called by a function, empties the
--     table early: a trigger event left over finds nothing to do;
--   another deferred trigger that notifies during the commit is noted too, and the commit goes on
--     until nothing is left.

-- Constraint triggers cannot be replaced, so this one is made once; what it does is in its function.
select not exists (
	select from pg_trigger
	where tgrelid = 'pgbell.notification'::regclass and tgname = 'number_inserted'
) as is_missing \gset

\if :is_missing
create constraint trigger number_inserted after insert on pgbell.notification
deferrable initially deferred
for each row when (pgbell.is_first_note(new.id))
execute function pgbell.number_inserted();
\endif

-- Its condition is looked at behind those of the statement's rows.
create or replace trigger note_inserted after insert on pgbell.notification
referencing new table as inserted
for each statement when (current_setting('pgbell.noted', true) like '% more%')
execute function pgbell.note_inserted();

create or replace trigger note_updated after update on pgbell.notification
referencing old table as before new table as after
for each statement when (current_setting('pgbell.at_once', true) is distinct from 'on')
execute function pgbell.note_updated();

create or replace trigger note_deleted after delete on pgbell.notification
referencing old table as deleted
for each statement when (current_setting('pgbell.at_once', true) is distinct from 'on')
execute function pgbell.note_deleted();

create or replace trigger number_marked after update on pgbell.notification
for each row when ((old.read_at is null) <> (new.read_at is null)
	and current_setting('pgbell.at_once', true) = 'on')
execute function pgbell.number_at_once();

create or replace trigger number_deleted after delete on pgbell.notification
for each row when (current_setting('pgbell.at_once', true) = 'on')
execute function pgbell.number_at_once();

-- Named columns, so that a statement that marks does not have the condition prepared for nothing.
create or replace trigger refuse_move before update of user_id, id on pgbell.notification
for each row when (new.user_id <> old.user_id or new.id <> old.id)
execute function pgbell.refuse_change();

create or replace trigger refuse_truncate before truncate on pgbell.notification
for each statement execute function pgbell.refuse_change();
