-- Function: qa.describe_account(1)
--   An account as everybody may see it.
-- Parameters: id
-- Returns: {"id", "username"}
-- Errors: none
-- Tables: reads qa.account

create or replace function qa.describe_account(id bigint)
returns jsonb language plpgsql stable security definer
set search_path = qa, pgbell, pg_temp
as $$
begin
	return (select jsonb_build_object('id', a.id, 'username', a.username)
		from qa.account a
		where a.id = $1);
end;
$$;
