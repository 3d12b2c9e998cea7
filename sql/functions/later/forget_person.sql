-- Function: pgbell.forget_person(1)
--   Deletes everything about a person: notifications, also those that are put off, the log, sessions,
--   tickets, mutes and claims.  The person's streams end.
-- Parameters: user_id
-- Returns: how many notifications were deleted
-- Errors: 23514 for what cannot be a person's id, a topic's address say; 27000, 55000 where something is in the way
--   of it, see pgbell.require_forgotten(1).  It is no error where there is no such person
-- Tables: deletes from all that have a user_id
-- Callers: the owner; may be granted to an application
-- It writes no events: an open page gets session_ended.  A notification that is inserted at the same time
-- or later makes a new inbox.

create or replace function pgbell.forget_person(user_id text)
returns bigint language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
	person constant pgbell.user_id := $1; -- for its check
	forgotten bigint;
	late bigint;
	ended bigint;
begin
	perform pgbell.number_pending(); -- what was done before is others' as well
	ended := pgbell.revoke_sessions($1);
	delete from pgbell.due d where d.user_id = $1;
	perform from pgbell.notification n where n.user_id = $1 order by n.id + 0 for update;
	delete from pgbell.notification n where n.user_id = $1;
	get diagnostics forgotten = row_count;
	perform from pgbell.inbox i where i.address = $1 for update;
	-- Those whose transaction had the inbox until now.
	delete from pgbell.notification n where n.user_id = $1;
	get diagnostics late = row_count;
	forgotten := forgotten + late;
	delete from pgbell.due d where d.user_id = $1; -- what was being snoozed
	delete from pgbell.pending p where p.txid = pg_current_xact_id_if_assigned() and p.address = $1;
	delete from pgbell.event e where e.address = $1;
	delete from pgbell.inbox i where i.address = $1;
	delete from pgbell.announced a
	where a.user_id = $1 and a.announcement_id in (select b.id from pgbell.announcement b);
	delete from pgbell.claim c where c.user_id = $1;
	delete from pgbell.claimant c where c.user_id = $1;
	delete from pgbell.mute m where m.user_id = $1;
	delete from pgbell.ticket t where t.user_id = $1;
	delete from pgbell.session s where s.user_id = $1;
	delete from pgbell.operator o where o.user_id = $1;
	perform pgbell.require_forgotten($1);
	perform pgbell.ring(array[$1]);
	return forgotten;
end;
$$;
