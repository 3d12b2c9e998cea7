-- Made once, as number_inserted; see triggers/notification.sql.
-- What it does is in its function.

select not exists (
	select from pg_trigger
	where tgrelid = 'pgbell.pending'::regclass and tgname = 'number_at_commit'
) as is_missing \gset

\if :is_missing
create constraint trigger number_at_commit after insert on pgbell.pending
deferrable initially deferred
for each row when (new.first)
execute function pgbell.number_at_commit();
\endif
