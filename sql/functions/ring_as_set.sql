-- Function: pgbell.ring_as_set(1)
--   Rings for people in the way that the setting pgbell.bell says:
--     inside   with this transaction's commit; also when it is not set
--     after    when the same database session calls pgbell.ring() behind the commit.  A commit that
--              rings holds a lock of the whole cluster while it is flushed, and such commits go one
--              after another; one that only rings waits for no flush
--     none     not at all: streams look for themselves every PGBELL_FLOOR_S seconds
-- Parameters: people, their ids
-- Returns: nothing
-- Errors, tables: see pgbell.ring(1)
-- What is put off is kept in pgbell.put_off, a setting of the session, and vanishes with a
-- transaction that is rolled back.  Beyond 1,000,000 bytes nobody seems to call pgbell.ring(): then
-- it is rung inside, all of it.

create or replace function pgbell.ring_as_set(people text[])
returns void language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	bell text := current_setting('pgbell.bell', true);
begin
	if bell = 'none' then
		return;
	elsif bell is distinct from 'after' then
		perform pgbell.ring(people);
		return;
	end if;
	perform set_config('pgbell.put_off', concat_ws(' ',
		nullif(current_setting('pgbell.put_off', true), ''), array_to_string(people, ' ')), false);
	if octet_length(current_setting('pgbell.put_off')) > 1000000 then
		perform pgbell.ring();
	end if;
end;
$$;
