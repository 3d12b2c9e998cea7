-- Function: pgbell.check_health(1)
--   Checks that the database can work: it answers, has the schema, and can be written to.
-- Parameters: token, not looked at
-- Returns: {"status": "ok"}
-- Errors: 25006 on a standby, where nothing can be written; 55000 where triggers do not fire, since then changes
--   would get no events, and where row security hides our own rows from us
-- Tables: none of ours
-- That its own transaction is read-only is no error: default_transaction_read_only may make it so, and each
-- write of ours sets it otherwise.

create or replace function pgbell.check_health(token text default null)
returns jsonb language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
begin
	if pg_is_in_recovery() then
		raise exception 'this database is a standby' using errcode = 'read_only_sql_transaction';
	end if;
	if current_setting('session_replication_role') = 'replica' then
		raise exception 'session_replication_role is replica: triggers do not fire' using errcode = '55000';
	end if;
	if exists (
		select from pg_trigger t
		join pg_proc p on p.oid = t.tgfoid
		where t.tgrelid in ('pgbell.notification'::regclass, 'pgbell.pending'::regclass)
			and t.tgenabled not in ('O', 'A') and p.pronamespace = 'pgbell'::regnamespace)
	then
		raise exception 'triggers of pgbell are disabled' using errcode = '55000',
			hint = 'Enable them, and call pgbell.mend().';
	end if;
	if row_security_active('pgbell.notification') or row_security_active('pgbell.inbox')
	or row_security_active('pgbell.event') or row_security_active('pgbell.pending') then
		raise exception 'row security is forced on tables of pgbell: their rows are not to be seen' using errcode = '55000';
	end if;
	return jsonb_build_object('status', 'ok');
end;
$$;
