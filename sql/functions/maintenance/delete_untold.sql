-- Function: pgbell.delete_untold(1)
--   Deletes notifications without an event: it takes its notes out of pgbell.pending again.
-- Parameters: ids, of notifications whose rows are locked; other notes of this transaction are numbered
-- Returns: nothing
-- Errors: none because of one: where a trigger or a constraint of the application's forbids it, also a
--   deferred one, that one stays, and a warning says so; see pgbell.concerns_all(1)
-- Tables: deletes from pgbell.notification, pgbell.pending
-- Callers: pgbell.trim_read(2)
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.delete_untold(ids bigint[])
returns void language plpgsql volatile
as $$
declare
	half constant integer := cardinality(ids) / 2;
begin
	set constraints pgbell.number_at_commit deferred; -- not before the notes are taken out
	delete from pgbell.notification n where n.id = any (ids);
	delete from pgbell.pending p where p.txid = pg_current_xact_id_if_assigned() and p.id = any (ids);
	set constraints all immediate; -- what is raised at the commit is raised here
exception when others or assert_failure then -- others leaves assertions out
	if pgbell.concerns_all(sqlstate) then
		raise;
	elsif half > 0 then
		perform pgbell.delete_untold(ids[:half]);
		perform pgbell.delete_untold(ids[half + 1:]);
		return;
	end if;
	raise warning 'pgbell.trim_read: % (%); notification % stays', sqlerrm, sqlstate, ids[1];
end;
$$;
