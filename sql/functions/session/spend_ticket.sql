-- Function: pgbell.spend_ticket(1)
--   Uses a ticket up: finds its session, and deletes the ticket, whatever the answer.
-- Parameters: ticket
-- Returns: one row (user_id, session_id, expires_at of the session as it is now), or none for a ticket
--   that is unknown, spent or expired, or whose session has ended
-- Errors: none
-- Tables: deletes from pgbell.ticket; see pgbell.changed_sessions(2)
-- A ticket that another transaction is using counts as used: if calls waited for one another, two batches
-- of openings with the same tickets in another order would deadlock.

create or replace function pgbell.spend_ticket(ticket text)
returns table (user_id text, session_id text, expires_at timestamptz)
language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
	spent pgbell.ticket;
	session record;
begin
	delete from pgbell.ticket t
	where t.token_hash = (
		select o.token_hash
		from pgbell.ticket o
		where o.token_hash = pgbell.hash_token(ticket)
		for update skip locked)
	returning t.* into spent;
	if spent.expires_at is null or spent.expires_at <= now() then
		return;
	end if;
	-- The session may have ended since, or have been prolonged; if there is one to be asked about.
	select c.reason, c.expires_at into session
	from pgbell.changed_sessions(array[spent.session_id], array[spent.session_expires_at]) c
	where spent.session_id is not null;
	if not found then
		return query select spent.user_id::text, spent.session_id, spent.session_expires_at;
	elsif session.reason is null then
		return query select spent.user_id::text, spent.session_id, session.expires_at;
	end if;
end;
$$;
