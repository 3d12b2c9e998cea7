-- Function: qa.require_account(1)
--   The account of the caller, or an error.
-- Parameters: token
-- Returns: a row of qa.account
-- Errors: PB401
-- Tables: reads qa.account

create or replace function qa.require_account(token text)
returns qa.account language plpgsql stable security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	caller qa.account;
begin
	select a.* into caller
	from qa.account a
	where a.id = (pgbell.require_session(token)).user_id::bigint;
	if not found then
		raise exception 'Sign in first.' using errcode = 'PB401';
	end if;
	return caller;
end;
$$;
