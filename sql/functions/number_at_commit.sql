-- Function: pgbell.number_at_commit(0)
--   Deferred constraint trigger on pgbell.pending: once per transaction, just before it commits.
-- Tables: see pgbell.number_pending(0)

create or replace function pgbell.number_at_commit()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
begin
	perform pgbell.number_pending();
	return null;
end;
$$;
