-- Function: pgbell.has_triggers(0)
--   Whether the application has triggers of its own on pgbell.notification.
-- Returns: true or false
-- Errors, tables: none; looks at pg_trigger
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.has_triggers()
returns boolean language plpgsql stable
as $$
begin
	return exists (
		select from pg_trigger t
		join pg_proc p on p.oid = t.tgfoid
		where t.tgrelid = 'pgbell.notification'::regclass and not t.tgisinternal
			and p.pronamespace <> 'pgbell'::regnamespace);
end;
$$;
