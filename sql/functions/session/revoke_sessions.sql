-- Function: pgbell.revoke_sessions(1)
--   Ends all sessions of a person, as after a changed password or a closed account.
-- Parameters: user_id
-- Returns: how many were ended
-- Errors: 27000 where a trigger or a rule of the application's keeps one; then none is ended
-- Tables: writes pgbell.session, which rings; see triggers/session.sql
-- Callers: the owner; may be granted to applications

create or replace function pgbell.revoke_sessions(user_id text)
returns bigint language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	alive text[] := array(
		select s.id
		from pgbell.session s
		where s.user_id = $1 and s.ended_at is null and s.expires_at > now()
		for update);
	kept bigint;
begin
	update pgbell.session s
	set ended_at = now(), end_reason = 'revoked'
	where s.user_id = $1 and s.id = any (alive);
	select count(*) into kept
	from pgbell.session s
	where s.user_id = $1 and s.id = any (alive) and num_nulls(s.ended_at) = 1;
	if kept > 0 then
		raise exception 'sessions of this person cannot be ended: % are kept', kept
			using errcode = 'triggered_data_change_violation',
			hint = 'A row is updated where each trigger before that returns new.';
	end if;
	return cardinality(alive);
end;
$$;
