-- Function: pgbell.check_health(1)
--   Whether the database can do the work: it answers, has the schema, and takes writes.
-- Parameters: token, not looked at
-- Returns: {"status": "ok"}
-- Errors: 25006 on a standby
-- Tables: none

create or replace function pgbell.check_health(token text default null)
returns jsonb language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
begin
	if pg_is_in_recovery() then
		raise exception 'this database is a standby' using errcode = 'read_only_sql_transaction';
	end if;
	return jsonb_build_object('status', 'ok');
end;
$$;
