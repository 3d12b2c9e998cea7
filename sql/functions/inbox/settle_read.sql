-- Function: pgbell.settle_read(1)
--   Sets read_at of rows that count as read since pgbell.mark_many_read(2).
-- Parameters: lim   at most so many rows; call it again while it returns as many
-- Returns: how many rows were written
-- Errors: none because of one person: where a trigger of the application's raises, a warning says so, and
--   the next person's are tried; see pgbell.concerns_all(1)
-- Tables: reads and writes pgbell.inbox; see pgbell.settle_one(2)
-- Locks: one person's inbox, so that no older notification is marked unread meanwhile; and rows, without
--   waiting: a row that is locked is left for the next call.
-- Form: called by pgbell.trim(2).

create or replace function pgbell.settle_read(lim integer)
returns bigint language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
	one text;
	inbox pgbell.inbox;
	settled bigint;
begin
	perform pgbell.number_pending(); -- the notes that are taken away are then its own
	for one in
		select i.address from pgbell.inbox i where i.read_up_to is not null
	loop
		select * into inbox
		from pgbell.inbox i
		where i.address = one and i.read_up_to is not null
		for update skip locked;
		continue when not found;
		begin
			set constraints pgbell.number_at_commit deferred; -- not before the notes are taken out
			settled := pgbell.settle_one(inbox, lim);
			set constraints all immediate; -- what such a trigger raises at the commit is raised here
			set constraints all deferred;
			if settled > 0 then
				return settled;
			end if;
		exception when others or assert_failure then -- others leaves assertions out
			if pgbell.concerns_all(sqlstate) then
				raise;
			end if;
			raise warning 'pgbell.settle_read: % (%)', sqlerrm, sqlstate;
		end;
	end loop;
	return 0;
end;
$$;
