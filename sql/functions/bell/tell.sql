-- Function: pgbell.tell(1)
--   Has people told who have just been given numbers: sees to it that the commit is on disk first,
--   and rings for them in the way that the setting pgbell.bell says:
--     inside   with this transaction's commit; also when it is not set
--     after    when the same database session calls pgbell.ring() behind the commit.  A commit that
--              rings holds a lock of the whole cluster while it is flushed, and such commits go one
--              after another; one that only rings waits for no flush
--     none     not at all: streams look for themselves every PGBELL_FLOOR_S seconds
-- Parameters: people, their ids
-- Returns: null
-- Errors, tables: see pgbell.ring(1)
-- What is put off is kept in pgbell.put_off, a setting of the session, and vanishes with a
-- transaction that is rolled back.  Beyond 64,000 bytes nobody seems to call pgbell.ring(), and
-- each insert would copy them: then it is rung inside, all of it.
-- Part of the path of every insert: see pgbell.log_one(4) for its form.

create or replace function pgbell.tell(people text[])
returns text language plpgsql volatile
as $$
declare
	bell text := current_setting('pgbell.bell', true);
	done text;
begin
	-- A number that a client was told must not be given a second time after a crash, so this commit
	-- is on disk before anybody sees it, whatever its application thinks of its other commits.
	if current_setting('synchronous_commit') = 'off' then
		done := set_config('synchronous_commit', 'on', true);
	end if;
	if bell = 'none' then
		return null;
	elsif bell is distinct from 'after' then
		if cardinality(people) = 1 then
			done := pg_notify('pgbell', people[1]);
		else
			perform pgbell.ring(people);
		end if;
		return null;
	end if;
	done := set_config('pgbell.put_off', concat_ws(' ',
		nullif(current_setting('pgbell.put_off', true), ''), array_to_string(people, ' ')), false);
	if octet_length(done) > 64000 then
		perform pgbell.ring();
	end if;
	return null;
end;
$$;
