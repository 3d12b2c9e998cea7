-- Function: pgbell.ring(1)
--   Rings the doorbell for people, when the transaction commits: their streams look what is new.
--   Needs calling only where no event says it, as when an application's own session has ended.
-- Parameters: people, their ids, or other addresses; null and duplicates do no harm, also in place of the
--   array
-- Returns: nothing
-- Errors: 23514 for what cannot be an address
-- Tables: none.  NOTIFY pgbell, payload: addresses, see pgbell.ring_words(1)
-- Callers: the owner; may be granted to applications

create or replace function pgbell.ring(people text[] default null)
returns void language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
begin
	perform pgbell.ring_words(people::pgbell.address[]);
end;
$$;
