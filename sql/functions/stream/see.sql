-- Function: pgbell.see(0)
--   What the statement that calls it can see, for pgbell.look(5).
-- Returns: the era and the snapshot, with a space between; null on a standby, whose snapshots do not say
--   which transactions are running
-- Errors, tables: none
-- The era is in it because transactions' ids may be given again after a crash, or where an older copy
-- was put in the place of the database.

create or replace function pgbell.see()
returns text language plpgsql stable
as $$
begin
	if pg_is_in_recovery() then
		return null;
	end if;
	return pgbell.current_era() || ' ' || pg_current_snapshot();
end;
$$;
