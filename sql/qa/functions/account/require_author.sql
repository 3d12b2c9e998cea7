-- Function: qa.require_author(1)
--   As qa.require_account(1), for a caller who is going to change something: takes the person's turn
--   too.
-- Parameters, returns: as qa.require_account(1)
-- Errors: PB401; PB503 as pgbell.take_turn(1)
-- Tables: see qa.require_account(1)

create or replace function qa.require_author(token text)
returns qa.account language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	caller constant qa.account := qa.require_account(token);
begin
	perform pgbell.take_turn(caller.id::text);
	return caller;
end;
$$;
