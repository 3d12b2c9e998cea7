-- Function: pgbell.mend_log(1)
--   Counts a person's unread notifications anew, and begins the log anew, a person's or a topic's:
--   streams and pages read their list again (reset).
-- Parameters: address, of which nothing is noted that is not numbered
-- Returns: the log's number from now on
-- Errors: none
-- Tables: reads pgbell.notification; writes pgbell.inbox; deletes from pgbell.event
-- Callers: numbering, where a count would fall below zero; pgbell.mend(1)
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.mend_log(address text)
returns bigint language plpgsql volatile
as $$
#variable_conflict use_column
declare
	current_era bigint := pgbell.current_era();
	first_era bigint := (select m.era from pgbell.migration m where m.number = 1);
	number bigint;
begin
	insert into pgbell.inbox (address, seq, unread_count, era)
	values ($1, 0, 0, first_era)
	on conflict do nothing;
	perform from pgbell.inbox i where i.address = $1 for update;
	-- Counted by a statement of its own, which sees all that was committed before the lock was had.
	update pgbell.inbox i
	set seq = greatest(i.seq, coalesce(
				(select max(e.seq) from pgbell.event e where e.address = $1), 0)) + 1
			+ case when coalesce(i.era, first_era) = current_era then 0 else pgbell.leap() end,
		prev = null,
		era = current_era,
		unread_count = (
			select count(*) from pgbell.notification n
			where n.user_id = $1 and n.read_at is null
				and not pgbell.is_covered(n.id, i.read_up_to, i.read_except))
	where i.address = $1
	returning i.seq into number;
	delete from pgbell.event e where e.address = $1;
	perform pgbell.ring(array[$1]); -- there is no event that a process that is awake would find
	return number;
end;
$$;
