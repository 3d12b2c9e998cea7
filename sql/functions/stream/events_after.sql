-- Function: pgbell.events_after(4)
--   What is new at addresses: their events after the given numbers.
--   The query that a stream process asks most.  At rest it returns nothing.
-- Parameters: addresses  of people and topics
--             seqs       of the same length: the last number that each has; null skips it
--             lim        at most so many events an address
--             bytes      of data at most, null for as much as there is: shared out among the addresses,
--                        each of which gets one event at least; the last one may stand out of it
-- Returns: rows in the order of addresses as given, then of seq:
--   events       without a hole from the given number on: prev is the number before seq, which is
--                seq - 1 unless an era began (pgbell.leap(0)); data is the finished text for the
--                wire, one line: pgbell.finish_event(6)
--   reset        one row in place of events where that is impossible; seq and unread_count are the
--                current ones, data {"reason": "trimmed" or "unknown", "seq"} and so on
--   more         where bytes are given, behind an address's events: there may be more of them
--   cut          where bytes are given, the last row: this address has not been looked at, nor any
--                behind it; data null in this one and the one above
-- Errors: none
-- Tables: reads pgbell.inbox, pgbell.event; none of sessions, so that whoever holds these up holds
--   up no event; see pgbell.changed_sessions(2)
-- Plan: index scans and nested loops for one address and for 10,000, whatever statistics say,
--   planned once per connection; what has nothing new costs one look into inbox.  `offset 0` and the
--   scalar subquery keep each look a look: over tables that were empty when it planned, the planner
--   would rather compare every row with every other.  Stable: one snapshot.
--   Rows come through a cursor, and what makes most of the work, the text, is made of those only that
--   are returned.  That they come in the order of addresses needs no sort: it would take all of them first.

create or replace function pgbell.events_after(addresses text[], seqs bigint[],
	lim integer default 256, bytes integer default null)
returns table (address text, seq bigint, type text, data text, unread_count integer,
	created_at timestamptz, prev bigint)
language plpgsql stable security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
	found_row record;
	previous text;
	events integer; -- of this address, so far
	address_bytes integer;
	bytes_each constant integer := bytes / greatest(cardinality(addresses), 1);
	total_bytes integer := 0;
	is_full boolean;
begin
	-- At rest one is rung that has an event more: that takes less.
	if cardinality(addresses) = 1 and lim <= 8 then
		return query
		select e.address, e.seq, e.type::text,
			pgbell.finish_event(e.address, e.seq, e.type, e.data, e.unread_count, e.created_at),
			e.unread_count::integer, e.created_at, coalesce(e.prev, e.seq - 1)
		from pgbell.event e
		where e.address = addresses[1] and e.seq > seqs[1] and (
			select n.seq = seqs[1] + 1 or n.prev = seqs[1] from pgbell.event n
			where n.address = addresses[1] and n.seq > seqs[1]
			order by n.seq
			limit 1)
		order by e.seq
		limit lim;
		if found then
			get diagnostics events = row_count;
			if events = lim and bytes is not null then
				address := addresses[1];
				type := 'more';
				return next;
			end if;
			return;
		end if;
	end if;

	for found_row in
		select a.address, coalesce(e.seq, i.seq, 0) as seq, coalesce(e.type, 'reset') as type, e.data,
			coalesce(e.unread_count, i.unread_count, 0) as unread_count,
			coalesce(e.created_at, now()) as created_at, coalesce(e.prev, e.seq - 1) as prev,
			a.seq as after
		from unnest(addresses, seqs) as a (address, seq)
		left join lateral (
			select * from pgbell.inbox i where i.address = a.address offset 0
		) i on true
		left join lateral (
			select e.seq, e.type::text, e.data, e.unread_count::integer, e.created_at, e.prev
			from pgbell.event e
			where e.address = a.address and e.seq > a.seq and (
				select n.seq = a.seq + 1 or n.prev = a.seq from pgbell.event n
				where n.address = a.address and n.seq > a.seq
				order by n.seq
				limit 1)
			order by e.seq
			limit lim + 1
		) e on true
		where a.address is not null and a.seq <> coalesce(i.seq, 0)
	loop
		address := found_row.address;
		if address is distinct from previous then
			exit when total_bytes >= bytes;
			previous := address;
			events := 0;
			address_bytes := 0;
			is_full := false;
		elsif is_full then
			continue;
		elsif events = lim or address_bytes >= bytes_each then
			is_full := true;
			continue when bytes is null;
			seq := null;
			type := 'more';
			data := null;
			return next;
			continue;
		end if;
		seq := found_row.seq;
		type := found_row.type;
		unread_count := found_row.unread_count;
		created_at := found_row.created_at;
		prev := found_row.prev;
		data := pgbell.finish_event(address, seq, type, coalesce(found_row.data, jsonb_build_object(
			'reason', pgbell.reset_reason(found_row.after, seq, false), 'seq', seq)), unread_count, created_at);
		events := events + 1;
		address_bytes := address_bytes + octet_length(data);
		total_bytes := total_bytes + octet_length(data);
		return next;
	end loop;
	if address is distinct from previous then
		seq := null;
		type := 'cut';
		data := null;
		return next;
	end if;
end;
$$;
