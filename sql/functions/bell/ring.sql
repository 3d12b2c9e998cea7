-- Function: pgbell.ring(1)
--   Rings the doorbell for people, when the transaction commits: their streams look what is new.
--   Needs calling only where no event says it, as when an application's own session has ended, and
--   where pgbell.bell is "after"; see pgbell.number_pending(0).
-- Parameters: people, their ids; null and duplicates do no harm.  Null in place of the array, or
--   nothing: those for whom this database session's transactions have put ringing off
-- Returns: nothing
-- Errors: 23514 for what cannot be a person's id
-- Tables: none.  NOTIFY pgbell, payload: ids with a space between them, below 7,900 bytes
-- Callers: the owner; may be granted to applications
-- A payload is what begins within one stretch of 7,700 bytes; the last id may stand out by 129.

create or replace function pgbell.ring(people text[] default null)
returns void language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
begin
	if people is null then
		people := string_to_array(nullif(current_setting('pgbell.put_off', true), ''), ' ');
		if people is null then
			return;
		end if;
		perform set_config('pgbell.put_off', '', false);
	end if;
	if cardinality(people) = 1 and people[1] is not null then
		perform pg_notify('pgbell', people[1]::pgbell.user_id); -- the common case
		return;
	end if;
	perform pg_notify('pgbell', string_agg(p.user_id, ' '))
	from (
		select u.user_id, sum(octet_length(u.user_id) + 1) over (rows unbounded preceding)
			/ 7700 as payload
		from (select unnest(people)::pgbell.user_id as user_id) u
		where u.user_id is not null
	) p
	group by p.payload;
end;
$$;
