-- Function: pgbell.number_note(4)
--   Gives one event its number: locks the person's inbox, counts, logs, and rings.  What
--   pgbell.number_pending(0) does for many, for the transaction that has noted one, as most have:
--   without statements that join and sort, at a third of the time.
-- Parameters: user_id, type, data   of the event
--             delta                 what it adds to the number of unread notifications
-- Returns: the number
-- Errors: 23514 if the count would fall below zero, which would be a contradiction in the tables
-- Tables: writes pgbell.inbox, pgbell.event
-- Form: this is the path of every insert, so it is kept short.  It runs as its caller, who has
-- pinned the search_path: a SET of its own would cost as much as an index look-up.  Functions are
-- called in assignments, which are evaluated at once, and not by PERFORM, which is a query.

create or replace function pgbell.number_note(user_id pgbell.user_id, type pgbell.event_type,
	data jsonb, delta integer)
returns bigint language plpgsql volatile
as $$
#variable_conflict use_column
declare
	number bigint;
	unread integer;
	done text;
begin
	insert into pgbell.inbox as i (user_id, seq, unread_count, timeline)
	values ($1, 1, $4, pgbell.current_timeline())
	on conflict (user_id) do update
	-- Numbers that were told on another timeline may be lost here, and would be given again.  So
	-- some are left out, and whoever stands before them, or in them, is told to read anew.
	set seq = i.seq + 1
			+ case when i.timeline <> excluded.timeline then pgbell.log_gap() else 0 end,
		unread_count = i.unread_count + excluded.unread_count,
		timeline = excluded.timeline
	returning i.seq, i.unread_count into number, unread;
	-- The time is taken when the inbox is locked: a person's times rise with the numbers.
	insert into pgbell.event (user_id, seq, type, data, unread_count, created_at)
	values ($1, number, $2, $3, unread, clock_timestamp());
	done := pgbell.tell(array[$1::text]);
	return number;
end;
$$;
