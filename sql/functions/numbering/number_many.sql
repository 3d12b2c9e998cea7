-- Function: pgbell.number_many(0)
--   Gives what has become of all that this transaction has noted its numbers: locks the inbox rows
--   of the addresses concerned, counts, writes the events, and rings, as pgbell.wake_streams(1) says.
-- Returns: how many events there were
-- Errors: none
-- Tables: reads and empties pgbell.pending (this transaction's part); reads pgbell.notification; writes
--   pgbell.inbox, pgbell.event
-- Order: a person's deletions, marks read, changes, marks unread and new notifications, each by id; what was
--   published to a topic as it was published.  Marks stand together, at most 500 to an event.
-- Rare cases: where an era begins, numbers leap.  Where an inbox has marked all read and its rows do not say
--   so yet, one that is new, becomes unread or is merged with another is unread all the same, and a change of
--   any other does not change the count; that is decided where the inbox is locked, for it may have been
--   marked meanwhile.  A count below zero contradicts the tables, as where rows came without triggers: it is
--   counted anew.
-- Locks: inbox rows in the order of addresses, so two transactions cannot deadlock here.
-- Plan: one statement, so that each row is looked for once: index scans for that and a hash for the join, for
--   one person and for 10,000, whatever statistics say, planned once per connection.  jit is off because the
--   penalty for a switched off plan would start it.

create or replace function pgbell.number_many()
returns bigint language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_nestloop = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
declare
	self xid8 := pg_current_xact_id();
	current_era bigint := pgbell.current_era();
	first_era bigint := (select m.era from pgbell.migration m where m.number = 1);
	-- A new inbox stands at 0 since the first era.
	first_leap bigint := case when first_era = current_era then 0 else pgbell.leap() end;
	addresses text[];
	broken text[];
	events bigint;
	done text;
begin
	with change as materialized (
		select * from pgbell.change c where c.txid = self
	), inbox as (
		insert into pgbell.inbox as i (address, seq, unread_count, era, prev)
		select t.address,
			first_leap + sum(case when t.type in ('notification_read', 'notification_unread')
				then (t.changes + 499) / 500 else t.changes end),
			sum(t.delta), current_era, case when first_leap > 0 then 0 end
		from (
			select c.address, c.type, count(*)::integer as changes, sum(c.delta)::integer as delta
			from change c
			group by c.address, c.type
		) t
		group by t.address
		order by t.address
		on conflict (address) do update
		set seq = i.seq + excluded.seq - first_leap
				+ case when coalesce(i.era, first_era) = excluded.era then 0 else pgbell.leap() end,
			prev = case when coalesce(i.era, first_era) = excluded.era then null else i.seq end,
			era = excluded.era,
			unread_count = i.unread_count + case
				when i.read_up_to is null then excluded.unread_count
				else (
					select coalesce(sum(case
						when not pgbell.is_covered(c.id, i.read_up_to, i.read_except) then c.delta
						when c.becomes_unread then 1 else 0 end), 0)
					from change c
					where c.address = i.address)
			end,
			read_except = case when i.read_up_to is not null then i.read_except || array(
				select c.id from change c
				where c.address = i.address and c.becomes_unread
					and pgbell.is_covered(c.id, i.read_up_to, i.read_except))
			end
		returning i.*
	), numbered as (
		select c.*, i.seq, i.prev, i.unread_count,
			case when v.is_covered then 0 else c.delta end as counted_delta,
			case when v.is_covered then i.read_up_to_at end as covered_at
		from change c
		join inbox i using (address)
		cross join lateral (
			select pgbell.is_covered(c.id, i.read_up_to, i.read_except) as is_covered
		) v
		where i.unread_count >= 0
	), to_log as (
		select c.address, c.type, c.seq, c.prev, c.unread_count, min(c.id) as id,
			jsonb_build_object('ids', jsonb_agg(c.id order by c.id)) as data,
			sum(c.counted_delta)::integer as counted_delta
		from (
			select c.*, (row_number() over (partition by c.address, c.type order by c.id) - 1) / 500
				as part
			from numbered c
			where c.type in ('notification_read', 'notification_unread')
		) c
		group by c.address, c.type, c.seq, c.prev, c.unread_count, c.part
		union all
		select c.address, c.type, c.seq, c.prev, c.unread_count, c.id,
			case when c.covered_at is null or c.type = 'notification_deleted' then c.data
				else c.data || jsonb_build_object('read_at',
					pgbell.format_time(coalesce(c.read_at, c.covered_at))) end,
			c.counted_delta
		from numbered c
		where c.type not in ('notification_read', 'notification_unread')
	), logged as (
		insert into pgbell.event (address, seq, prev, type, data, unread_count, created_at)
		select t.address,
			t.seq - count(*) over of_address + row_number() over so_far,
			case when row_number() over so_far = 1 then t.prev end,
			t.type, t.data,
			greatest(0, t.unread_count - sum(t.counted_delta) over of_address + sum(t.counted_delta) over so_far),
			(select max(clock_timestamp()) from inbox) -- when all are locked
		from to_log t
		window of_address as (partition by t.address),
			so_far as (partition by t.address order by array_position(array['notification_deleted',
				'notification_read', 'notification_changed', 'notification_unread',
				'new_notification'], t.type), t.id rows unbounded preceding)
		returning address
	)
	select array_agg(i.address), array_agg(i.address) filter (where i.unread_count < 0),
		(select count(*) from logged)
	into addresses, broken, events
	from inbox i;

	delete from pgbell.pending p where p.txid = self;
	if broken is not null then
		perform pgbell.mend_log(b) from unnest(broken) b;
	end if;
	if addresses is not null then
		done := pgbell.wake_streams(addresses);
	end if;
	return events;
end;
$$;
