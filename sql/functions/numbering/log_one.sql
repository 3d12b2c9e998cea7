-- Function: pgbell.log_one(4)
--   Gives one event its number: locks its inbox, counts, logs, and rings.
-- Parameters: address, type, data  of the event
--             delta                what it adds to the number of unread notifications
-- Returns: seq, unread_count; null where something rare has to be seen to, and then nothing is changed:
--   an era that begins or has begun, a count below zero, rows that do not say that they are read.
--   pgbell.number_many(0) sees to it
-- Errors: none
-- Tables: reads pgbell.migration; writes pgbell.inbox, pgbell.event
-- Form: this is the path of every insert and mark, so it is kept short.  It runs as its caller, who has
-- pinned the search_path: a SET of its own would cost as much as an index look-up.  Functions are
-- called in assignments, which are evaluated at once, and not by PERFORM, which is a query.  Each
-- expression of a function is prepared anew in each transaction, for the price of an index entry: so
-- there are few of them.  An address is text here, and not its domain, whose check is a pattern.

create or replace function pgbell.log_one(address text, type text, data jsonb,
	delta integer, out seq bigint, out unread_count integer)
language plpgsql volatile
as $$
#variable_conflict use_column
declare
	current_era bigint := pgbell.current_era();
	done text;
begin
	update pgbell.inbox i
	set seq = i.seq + 1, unread_count = i.unread_count + delta
	where i.address = log_one.address and i.era = current_era and i.read_up_to is null
		and i.unread_count + delta >= 0
	returning i.seq, i.unread_count into log_one.seq, log_one.unread_count;
	if log_one.seq is null then
		-- The first at an address that is new since the first era.
		insert into pgbell.inbox as i (address, seq, unread_count, era)
		select log_one.address, 1, delta, m.era
		from pgbell.migration m
		where m.number = 1 and m.era = current_era and delta >= 0
		on conflict do nothing
		returning i.seq, i.unread_count into log_one.seq, log_one.unread_count;
		if log_one.seq is null then
			return;
		end if;
	end if;
	-- The time is taken when the inbox is locked: a log's times rise with the numbers.
	insert into pgbell.event (address, seq, type, data, unread_count, created_at)
	values (log_one.address, log_one.seq, log_one.type, log_one.data, log_one.unread_count, clock_timestamp());
	done := pgbell.wake_streams(array[log_one.address]);
end;
$$;
