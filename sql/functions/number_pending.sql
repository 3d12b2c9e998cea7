-- Function: pgbell.number_pending(0)
--   Gives what this transaction has noted its numbers: locks the inbox rows of the people
--   concerned, counts, writes the events, and rings, as pgbell.tell(1) says.  The commit does this
--   by itself; a function that needs the new count calls it to have it at once.  From then on
--   others who notify the same people wait for this transaction's end.
-- Returns: how many events there were
-- Errors: 23514 if a count would fall below zero, which would be a contradiction in the tables
-- Tables: reads and empties pgbell.pending (this transaction's part); writes pgbell.inbox,
--   pgbell.event
-- Locks: the people's rows in the order of their ids, so two transactions cannot deadlock here.
--   Calling it twice in one transaction, for people in descending order, can.
-- Plan: index scans and nested loops for one person and for 10,000, whatever statistics say,
--   planned once per connection.  For `offset 0` see pgbell.events_after(3); jit is off because the
--   penalty for a switched off plan would start it.
-- The same for one event, and the reasons: pgbell.number_note(4).

create or replace function pgbell.number_pending()
returns bigint language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
	self xid8 := pg_current_xact_id();
	current_timeline integer;
	numbered_at timestamptz;
	people text[];
	numbered bigint;
	note record;
	done text;
begin
	-- Of the first notification there may be a trigger event only; so that is let happen now.
	if current_setting('pgbell.noted', true) ~ '^[0-9]' then
		done := pgbell.is_first_note(null); -- so that it joins the others
		set constraints pgbell.number_inserted immediate;
		set constraints pgbell.number_inserted deferred;
	end if;
	done := set_config('pgbell.noted', '', true);

	delete from pgbell.pending p
	where p.txid = self and not exists (
		select from pgbell.pending q where q.txid = self offset 1
	)
	returning p.user_id, p.type, p.data, p.delta into note;
	if found then
		numbered := pgbell.number_note(note.user_id, note.type, note.data, note.delta);
		return 1;
	end if;

	current_timeline := pgbell.current_timeline();
	with counted as (
		insert into pgbell.inbox as i (user_id, seq, unread_count, timeline)
		select p.user_id, count(*), sum(p.delta), current_timeline
		from pgbell.pending p
		where p.txid = self
		group by p.user_id
		order by p.user_id
		on conflict (user_id) do update
		set seq = i.seq + excluded.seq
				+ case when i.timeline <> excluded.timeline then pgbell.log_gap() else 0 end,
			unread_count = i.unread_count + excluded.unread_count,
			timeline = excluded.timeline
		returning i.user_id
	)
	select array_agg(c.user_id::text) into people from counted c;
	if people is null then
		return 0;
	end if;

	numbered_at := clock_timestamp();
	insert into pgbell.event (user_id, seq, type, data, unread_count, created_at)
	select p.user_id,
		i.seq - count(*) over everything + row_number() over so_far,
		p.type, p.data,
		i.unread_count - sum(p.delta) over everything + sum(p.delta) over so_far,
		numbered_at
	from pgbell.pending p
	cross join lateral (
		select * from pgbell.inbox i where i.user_id = p.user_id offset 0
	) i
	where p.txid = self
	window everything as (partition by p.user_id),
		so_far as (partition by p.user_id order by p.ord);
	get diagnostics numbered = row_count;

	delete from pgbell.pending p where p.txid = self;
	perform pgbell.tell(people);
	return numbered;
end;
$$;
