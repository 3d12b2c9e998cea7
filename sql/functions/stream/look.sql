-- Function: pgbell.look(4)
--   Which logs have events that could not be seen before: what a process asks again and again that is awake.
-- Parameters: seen    of the look before, or of pgbell.leave_berth(1); null: there was none
--             berth   the number of a berth; 0 or null: none
--             pid     of the process of PostgreSQL that ought to have it
--             lim     at most so many events
-- Returns: one row with address null:
--     seen           for the next look; null where there is none, on a standby
--     everybody      whether all addresses may have such events: there are more than lim, or it is not
--                    known since when
--     transactions   that they are of
--     has_berth      whether that process has that berth, in this database
--   and one for each address that has, the rest null; none where it is everybody
-- Errors: 22P02 for what pgbell.see(0) has not made
-- Tables: reads pgbell.event
-- An event is of a transaction that was running when the last look had its snapshot, or had no id yet,
-- and that this one's snapshot sees: each is found once, also behind a transaction that runs for a week.
-- Ids from this snapshot's xmax on are of another cluster, in what was restored.
-- Stable: one snapshot.  Plan: as pgbell.events_after(4)

create or replace function pgbell.look(seen text, berth integer, pid integer, lim integer)
returns table (address text, seen_now text, everybody boolean, transactions integer,
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
	addresses text[];
begin
	seen_now := pgbell.see();
	everybody := seen is null or seen_now is null
		or split_part(seen, ' ', 1) <> split_part(seen_now, ' ', 1);
	if not everybody then
		before := split_part(seen, ' ', 2)::pg_snapshot;
		select array_agg(distinct n.address) as addresses, count(distinct n.txid) as transactions,
			count(*) as events
		into found_row
		from (
			select e.address, e.txid
			from pgbell.event e
			where e.txid = any (array(select pg_snapshot_xip(before)))
			union all
			select e.address, e.txid
			from pgbell.event e
			where e.txid >= pg_snapshot_xmax(before)
				and e.txid < pg_snapshot_xmax(pg_current_snapshot())
			limit lim + 1
		) n;
		transactions := found_row.transactions;
		if found_row.events > lim then
			everybody := true;
		else
			addresses := found_row.addresses;
		end if;
	end if;
	has_berth := berth is not null and exists (
		select from pg_locks l
		where l.locktype = 'advisory' and l.granted and l.mode = 'ExclusiveLock'
			and l.database = (select d.oid from pg_database d where d.datname = current_database())
			and l.classid = pgbell.bell_lock()::oid and l.objid = berth::oid and l.objsubid = 2
			and l.pid = look.pid);
	return next;
	seen_now := null;
	everybody := null;
	transactions := null;
	has_berth := null;
	foreach address in array coalesce(addresses, '{}') loop
		return next;
	end loop;
end;
$$;
