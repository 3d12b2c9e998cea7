-- See triggers/notification.sql.  Constraint triggers cannot be replaced, so this one is made once;
-- what it does is in its function.

select not exists (
	select from pg_trigger
	where tgrelid = 'pgbell.pending'::regclass and tgname = 'number_at_commit'
) as is_missing \gset

\if :is_missing
create constraint trigger number_at_commit after insert on pgbell.pending
deferrable initially deferred
for each row when (new.fires)
execute function pgbell.number_at_commit();
-- Also where triggers of pgbell.notification are made to fire under session_replication_role = replica.
alter table pgbell.pending enable always trigger number_at_commit;
\endif
