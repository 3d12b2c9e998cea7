-- Function: pgbell.take_announcements(1)
--   Has people get what has been announced since they were last there.  Each gets it once, however many
--   call it at the same time.
-- Parameters: people, their ids; null and duplicates do no harm
-- Returns: one row: taken, how many got it now; busy, for how many it is to be called again, whom others have in
--   hand, or for whom there was no time: it goes on for a tenth of a second or so, since events wait for it
-- Errors: none because of a person: where a trigger of the application's raises, also a deferred one, a warning
--   says so, and it is tried again when that person is there again
-- Tables: reads pgbell.announcement, pgbell.inbox; see pgbell.give_announcements(2)
-- Callers: pgbell-stream, for people who have a stream open; and the functions that a client asks, see
--   pgbell.ask_anew(7)
-- Locks: it waits hardly at all: a list that is asked for waits for no writer.

create or replace function pgbell.take_announcements(people text[], out taken integer, out busy integer)
language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set lock_timeout = '10ms'
set enable_seqscan = off
set jit = off
as $$
declare
	newest bigint := (select a.id from pgbell.announcement a order by a.id desc limit 1);
	began constant timestamptz := clock_timestamp();
	behind text[];
	part text[];
	size integer := 8;
	person text;
	left_out integer;
	outcome record;
begin
	taken := 0;
	busy := 0;
	if newest is null or current_setting('transaction_read_only') = 'on' then
		return;
	end if;
	behind := array(
		select distinct p collate "C"
		from unnest(people) p
		left join lateral (
			select * from pgbell.inbox i where i.address = p offset 0
		) i on true
		where p is not null and coalesce(i.announced_up_to, 0) < newest
		order by 1);
	while behind <> '{}' loop
		if clock_timestamp() > began + interval '0.1 seconds' then
			busy := busy + cardinality(behind);
			return;
		end if;
		part := behind[:size];
		behind := behind[size + 1:];
		size := 2 * size;
		begin
			left_out := pgbell.give_announcements(part, newest);
			taken := taken + cardinality(part) - left_out;
			busy := busy + left_out;
		exception when others or assert_failure then -- others leaves assertions out
			if sqlstate in ('55P03', '40P01', '40001') then
				busy := busy + cardinality(part);
			elsif pgbell.concerns_all(sqlstate) then
				raise;
			elsif cardinality(part) = 1 then
				raise warning 'pgbell.take_announcements: % (%)', sqlerrm, sqlstate;
			else
				foreach person in array part loop
					outcome := pgbell.take_announcements(array[person]);
					taken := taken + outcome.taken;
					busy := busy + outcome.busy;
				end loop;
			end if;
		end;
	end loop;
end;
$$;
