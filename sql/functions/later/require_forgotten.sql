-- Function: pgbell.require_forgotten(1)
--   Raises an error where something of the application's has kept what was to be deleted of a person.
-- Parameters: user_id
-- Returns: nothing
-- Errors: 27000, which names the trigger or the rule; 55000 where row security is forced on a table, and hides its
--   rows from us
-- Tables: reads those with a user_id or an address on which there are such triggers or rules
-- Callers: pgbell.forget_person(1)
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.require_forgotten(user_id text)
returns void language plpgsql volatile
as $$
declare
	place record;
	keepers text;
	is_kept boolean;
begin
	for place in
		select c.oid, format('pgbell.%I', c.relname) as name, a.attname as key
		from pg_class c
		join pg_attribute a on a.attrelid = c.oid
		where c.relnamespace = 'pgbell'::regnamespace and c.relkind = 'r' and a.attname in ('user_id', 'address')
	loop
		if row_security_active(place.oid) then
			raise exception 'nobody can be forgotten: row security is forced on %', place.name
				using errcode = 'object_not_in_prerequisite_state',
				hint = format('alter table %s no force row level security', place.name);
		end if;
		keepers := pgbell.name_keepers(place.oid);
		continue when keepers is null;
		execute format('select exists (select from %s where %I = $1)', place.name, place.key) into is_kept using $1;
		if is_kept then
			raise exception 'this person cannot be forgotten: % of % keeps what is to be deleted', keepers, place.name
				using errcode = 'triggered_data_change_violation',
				hint = 'A row is deleted where each trigger before that returns old.';
		end if;
	end loop;
end;
$$;
