-- Function: pgbell.revoke_sessions(1)
--   Ends all sessions of a person, as after a changed password or a closed account.
-- Parameters: user_id
-- Returns: how many were ended
-- Errors: 23514 when user_id cannot be a person's id
-- Tables: writes pgbell.session, which rings; see triggers/session.sql
-- Callers: the owner; may be granted to applications

create or replace function pgbell.revoke_sessions(user_id text)
returns bigint language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	revoked bigint;
begin
	update pgbell.session s
	set ended_at = now(), end_reason = 'revoked'
	where s.user_id = $1 and s.ended_at is null and s.expires_at > now();
	get diagnostics revoked = row_count;
	return revoked;
end;
$$;
