-- Function: pgbell.look(5)
--   What could not be seen before: what a process asks again and again that is awake.
-- Parameters: seen    of the look before, or of pgbell.leave_berth(1); null: there was none
--             berth   the number of a berth; 0 or null: none
--             pid     of the process of PostgreSQL that ought to have it
--             lim     at most so many events
--             few     if there are at most so many they are returned, and else only the addresses that have them
-- Returns: one row with address null:
--     seen_now       for the next look; null where there is none, on a standby
--     everybody      whether all logs may have such events: there are more than lim, or it is not
--                    known since when
--     transactions   that they are of
--     has_berth      whether that process has that berth, in this database
--   and, but where it is everybody, behind it one for each event, in the order of address and seq, as
--   pgbell.events_after(4) returns it; or, where these are not few, one for each address, the rest null
-- Errors: 22P02 for what pgbell.see(0) has not made
-- Tables: reads pgbell.event
-- An event is of a transaction that was running when the last look had its snapshot, or had no id yet,
-- and that this one's snapshot sees: each is found once, also behind a transaction that runs for a week.
-- Those of one address follow one another, for they become visible in the order of their numbers.
-- Ids from this snapshot's xmax on are of another cluster, in what was restored.
-- Stable: one snapshot, so rows are where they were found.  Plan: as pgbell.events_after(4)

create or replace function pgbell.look(seen text, berth integer, pid integer, lim integer,
	few integer default 0)
returns table (address text, seq bigint, type text, data text, unread_count integer,
	created_at timestamptz, prev bigint, seen_now text, everybody boolean, transactions integer,
	has_berth boolean)
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
	before pg_snapshot;
	found_row record;
begin
	seen_now := pgbell.see();
	everybody := seen is null or seen_now is null
		or split_part(seen, ' ', 1) <> split_part(seen_now, ' ', 1);
	if not everybody then
		before := split_part(seen, ' ', 2)::pg_snapshot;
		select array_agg(n.tid) as tids, count(distinct n.txid) as transactions, count(*) as events
		into found_row
		from (
			select e.ctid as tid, e.txid
			from pgbell.event e
			where e.txid = any (array(select pg_snapshot_xip(before)))
			union all
			select e.ctid, e.txid
			from pgbell.event e
			where e.txid >= pg_snapshot_xmax(before)
				and e.txid < pg_snapshot_xmax(pg_current_snapshot())
			limit lim + 1
		) n;
		transactions := found_row.transactions;
		everybody := found_row.events > lim;
	end if;
	has_berth := berth is not null and exists (
		select from pg_locks l
		where l.locktype = 'advisory' and l.granted and l.mode = 'ExclusiveLock'
			and l.database = (select d.oid from pg_database d where d.datname = current_database())
			and l.classid = pgbell.bell_lock()::oid and l.objid = berth::oid and l.objsubid = 2
			and l.pid = look.pid);
	return next;
	if everybody or transactions = 0 then
		return;
	elsif found_row.events <= few then
		return query
		select e.address, e.seq, e.type::text,
			pgbell.finish_event(e.address, e.seq, e.type, e.data, e.unread_count, e.created_at),
			e.unread_count::integer, e.created_at, coalesce(e.prev, e.seq - 1), null::text, null::boolean,
			null::integer, null::boolean
		from pgbell.event e
		where e.ctid = any (found_row.tids)
		order by e.address, e.seq;
	else
		return query
		select distinct e.address, null::bigint, null::text, null::text, null::integer, null::timestamptz,
			null::bigint, null::text, null::boolean, null::integer, null::boolean
		from pgbell.event e
		where e.ctid = any (found_row.tids);
	end if;
end;
$$;
