-- Function: pgbell.delete_untold(1)
--   Deletes notifications without an event: it takes its notes out of pgbell.pending again.
-- Parameters: ids, of notifications whose rows are locked; other notes of this transaction are numbered
-- Returns: nothing
-- Errors: none because of one: where a trigger or a constraint of the application's forbids it, also a
--   deferred one, that one stays, and a warning says so; see pgbell.concerns_all(1)
-- Tables: deletes from pgbell.notification, pgbell.pending
-- Callers: pgbell.trim_read(2)
-- The one is found by halves.  Where very many are forbidden, as all are that a foreign key holds, whole parts stay:
--   events wait for this call.
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.delete_untold(ids bigint[])
returns void language plpgsql volatile
as $$
declare
	halvings integer := 50;
	parts int4range[] := case when ids <> '{}' then array[int4range(1, cardinality(ids) + 1)] else '{}' end; -- the next one last
	part int4range;
	tried bigint[];
	kept integer := 0;
	refusal text;
begin
	while cardinality(parts) > 0 loop
		part := parts[cardinality(parts)];
		parts := trim_array(parts, 1);
		tried := ids[lower(part):upper(part) - 1];
		begin
			set constraints pgbell.number_at_commit deferred; -- not before the notes are taken out
			delete from pgbell.notification n where n.id = any (tried);
			delete from pgbell.pending p where p.txid = pg_current_xact_id_if_assigned() and p.id = any (tried);
			set constraints all immediate; -- what is raised at the commit is raised here
			if exists (select from pgbell.notification n where n.id = any (tried)) then
				kept := kept + (select count(*) from pgbell.notification n where n.id = any (tried));
				refusal := format('%s keeps them', pgbell.name_keepers('pgbell.notification'));
			end if;
		exception when others or assert_failure then -- others leaves assertions out
			if pgbell.concerns_all(sqlstate) then
				raise;
			elsif cardinality(tried) > 1 and halvings > 0 then
				halvings := halvings - 1;
				parts := parts || int4range(lower(part) + cardinality(tried) / 2, upper(part))
					|| int4range(lower(part), lower(part) + cardinality(tried) / 2);
			else
				kept := kept + cardinality(tried);
				refusal := format('%s (%s)', sqlerrm, sqlstate);
			end if;
		end;
	end loop;
	if kept > 0 then
		raise warning 'pgbell.trim_read: %; notifications that stay: %', refusal, kept;
	end if;
end;
$$;
