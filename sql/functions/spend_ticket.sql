-- Function: pgbell.spend_ticket(1)
--   Whose ticket this was.  It is gone afterwards, whatever the answer.
-- Parameters: ticket
-- Returns: one row (user_id, session_id, expires_at of the session), or none for a ticket that is
--   unknown, spent or expired, or whose session has ended
-- Errors: none
-- Tables: deletes from pgbell.ticket; see pgbell.ended_sessions(1)

create or replace function pgbell.spend_ticket(ticket text)
returns table (user_id text, session_id text, expires_at timestamptz)
language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
	spent pgbell.ticket;
begin
	delete from pgbell.ticket t
	where t.token_hash = pgbell.hash_token(ticket)
	returning t.* into spent;
	if spent.expires_at > now()
	and not exists (select from pgbell.ended_sessions(array[spent.session_id])) then
		return query select spent.user_id::text, spent.session_id, spent.session_expires_at;
	end if;
end;
$$;
