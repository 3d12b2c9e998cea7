-- Function: pgbell.ring(1)
--   Rings the doorbell for people, when the transaction commits: their streams look what is new.
--   Needs calling only where no event says it, as when an application's own session has ended.
-- Parameters: people, their ids, or other addresses; null and duplicates do no harm, also in place of the array
-- Returns: nothing
-- Errors: 23514 for what cannot be an address
-- Tables: none.  NOTIFY pgbell, payload: addresses with a space between them, below 7,900 bytes; a space
--   behind the last where another transaction rings at the same time, and one waits for the other
-- Callers: the owner; may be granted to applications
-- A payload is what begins within one stretch of 7,700 bytes; the last one may stand out by 130.

create or replace function pgbell.ring(people text[] default null)
returns void language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	crowd text := case when pg_try_advisory_xact_lock(pgbell.bell_lock(), 7) then '' else ' ' end;
begin
	if cardinality(people) = 1 and people[1] is not null then
		perform pg_notify('pgbell', people[1]::pgbell.address || crowd); -- the common case
		return;
	end if;
	perform pg_notify('pgbell', string_agg(p.address, ' ') || crowd)
	from (
		select u.address, sum(octet_length(u.address) + 1) over (rows unbounded preceding)
			/ 7700 as payload
		from (select unnest(people)::pgbell.address as address) u
		where u.address is not null
	) p
	group by p.payload;
end;
$$;
