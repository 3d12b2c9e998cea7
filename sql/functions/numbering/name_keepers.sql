-- Function: pgbell.name_keepers(1)
--   What of the application's can keep rows of a table from being deleted without an error: a trigger that returns
--   null before it, or inserts them again behind it, or a rule.
-- Parameters: place, a table
-- Returns: the names, as in: rule "stay", trigger "audit"; null where there are none
-- Errors, tables: none; looks at pg_trigger and pg_rewrite
-- Callers: where a row that was to be deleted is still there
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.name_keepers(place regclass)
returns text language plpgsql stable
as $$
declare
	delete_bit constant integer := 8; -- of tgtype
	delete_event constant "char" := '4';
begin
	return string_agg(format('%s "%s"', k.what, k.name), ', ' order by k.what, k.name)
	from (
		select 'trigger' as what, t.tgname as name
		from pg_trigger t
		join pg_proc p on p.oid = t.tgfoid
		where t.tgrelid = place and not t.tgisinternal and t.tgtype::integer & delete_bit > 0
			and p.pronamespace <> 'pgbell'::regnamespace
		union all
		select 'rule', r.rulename
		from pg_rewrite r
		where r.ev_class = place and r.ev_type = delete_event
	) k;
end;
$$;
