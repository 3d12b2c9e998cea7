-- Function: pgbell.trim(2)
--   Deletes old events, sessions that ended or expired, and tickets that expired; brings rows up to
--   date that count as read; and gives back what a very large transaction has left pgbell.pending
--   with.  Notifications stay: they are the people's own.  Call it again while a count comes near lim.
-- Parameters: keep   how long events, and sessions that are over, are kept
--             lim    about so many of each at most, so that a transaction stays short
-- Returns: {"events", "sessions", "tickets", "settled"}, how many there were; zeros when another call
--   runs
-- Errors: none; where a trigger of the application's forbids that a row is brought up to date, a warning
--   says so, and it counts as read all the same
-- Tables: deletes from pgbell.event, pgbell.session, pgbell.ticket; see pgbell.settle_read(1),
--   pgbell.shrink_pending(0)
-- Callers: the owner, and pgbell-stream, which calls it by itself
-- What goes of a log is its beginning, also when the clock was once set back: with an old
-- event go all before it.

create or replace function pgbell.trim(keep interval default '7 days', lim integer default 10000)
returns jsonb language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
	events bigint := 0;
	sessions bigint := 0;
	tickets bigint := 0;
	settled bigint := 0;
begin
	-- One at a time: two would delete the same rows, in different orders.  A row of ours says so, and no
	-- advisory lock, which anybody could take for good.
	perform from pgbell.migration m where m.number = 1 for update skip locked;
	if found then
		with old as materialized (
			select p.address, max(p.seq) as seq
			from (
				select e.address, e.seq
				from pgbell.event e
				where e.created_at < now() - keep
				order by e.created_at
				limit lim
			) p
			group by p.address
		)
		delete from pgbell.event e
		using old o
		where e.address = o.address and e.seq <= o.seq;
		get diagnostics events = row_count;

		delete from pgbell.session s
		where s.id = any (array(
			select o.id
			from pgbell.session o
			where coalesce(o.ended_at, o.expires_at) < now() - keep
			limit lim
			for update skip locked));
		get diagnostics sessions = row_count;

		delete from pgbell.ticket t
		where t.token_hash = any (array(
			select o.token_hash
			from pgbell.ticket o
			where o.expires_at < now()
			limit lim
			for update skip locked));
		get diagnostics tickets = row_count;

		settled := pgbell.settle_read(lim);
		perform pgbell.shrink_pending();
	end if;
	return jsonb_build_object('events', events, 'sessions', sessions, 'tickets', tickets,
		'settled', settled);
end;
$$;
