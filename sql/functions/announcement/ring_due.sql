-- Function: pgbell.ring_due(0)
--   Has the processes that hold streams do what is due, and look for announcements, when the transaction
--   commits; see pgbell.run_due(1).
-- Returns: null
-- Errors, tables: none.  NOTIFY pgbell, payload: the character 3, which is nobody's id
-- Where the setting pgbell.bell is "none" they look by themselves, within ten seconds.
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.ring_due()
returns text language plpgsql volatile
as $$
begin
	if current_setting('pgbell.bell', true) is distinct from 'none' then
		perform pg_notify('pgbell', chr(3));
	end if;
	return null;
end;
$$;
