-- Function: pgbell.ring(1)
--   Rings the doorbell for people, when the transaction commits: their streams look what is new.
--   Needs calling only where no event says it, as when an application's own session has ended.
-- Parameters: people, their ids; null and duplicates do no harm, also in place of the array
-- Returns: nothing
-- Errors: 23514 for what cannot be a person's id
-- Tables: none.  NOTIFY pgbell, payload: ids with a space between them, below 7,900 bytes; a space
--   behind the last where another transaction rings at the same time, and one waits for the other
-- Callers: the owner; may be granted to applications
-- A payload is what begins within one stretch of 7,700 bytes; the last id may stand out by 129.

create or replace function pgbell.ring(people text[] default null)
returns void language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	crowd text := case when pg_try_advisory_xact_lock(pgbell.bell_lock(), 7) then '' else ' ' end;
begin
	if cardinality(people) = 1 and people[1] is not null then
		perform pg_notify('pgbell', people[1]::pgbell.user_id || crowd); -- the common case
		return;
	end if;
	perform pg_notify('pgbell', string_agg(p.user_id, ' ') || crowd)
	from (
		select u.user_id, sum(octet_length(u.user_id) + 1) over (rows unbounded preceding)
			/ 7700 as payload
		from (select unnest(people)::pgbell.user_id as user_id) u
		where u.user_id is not null
	) p
	group by p.payload;
end;
$$;
