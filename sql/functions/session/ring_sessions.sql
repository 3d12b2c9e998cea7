-- Function: pgbell.ring_sessions(0), trigger
--   Rings for the people whose sessions have ended or were renewed, in whatever way: their streams check
--   their sessions.
-- Tables: none; see triggers/session.sql
-- It does not ring for a session that was over before, so trimming rings nobody.

create or replace function pgbell.ring_sessions()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
begin
	if tg_op = 'UPDATE' then
		perform pgbell.ring(array(
			select distinct b.user_id::text
			from before b
			join after a on a.id = b.id
			where (a.ended_at, a.expires_at) is distinct from (b.ended_at, b.expires_at)));
	else
		perform pgbell.ring(array(
			select distinct b.user_id::text
			from before b
			where b.ended_at is null and b.expires_at > now()));
	end if;
	return null;
end;
$$;
