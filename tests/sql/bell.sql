-- The quiet bell: who is rung, and what a look finds.  One session cannot be in two places, so what
-- is between sessions is in tests/system/quiet.test.mjs.

begin;
set local client_min_messages = warning;
select no_plan();

-- As a commit would.
create function pg_temp.tell(variadic people text[]) returns void language plpgsql as $$
begin
	insert into pgbell.notification (user_id, kind) select unnest(people), 'test';
	set constraints all immediate;
	set constraints all deferred;
end;
$$;

-- The locks of the bell that this session has: a number, and + for one that nobody else can have.
create function pg_temp.locks() returns text language sql as $$
	select coalesce(string_agg(l.objid || case l.mode when 'ExclusiveLock' then '+' else '' end, ' '
		order by l.objid, l.mode), '')
	from pg_locks l
	where l.locktype = 'advisory' and l.pid = pg_backend_pid() and l.classid = pgbell.bell_lock()::oid
$$;

-- Whom a look finds that saw this.
create function pg_temp.look(seen text, lim integer default 100) returns text language sql as $$
	select string_agg(coalesce(address, case when everybody then 'everybody' else transactions::text end),
		' ' order by address nulls first)
	from pgbell.look(seen, null, null, lim)
$$;

select is(pg_temp.locks(), '', 'nothing is had at first');
set local pgbell.bell = 'none';
select pg_temp.tell('ann');
select is(pg_temp.locks(), '', 'none: nobody is rung, and nobody kept awake');
set local pgbell.bell = 'after, as it was once';
select pg_temp.tell('ann');
select is(pg_temp.locks(), '1 2 3 4 5 7+', 'nobody sleeps and nobody is known to listen: it rings');
select lives_ok('select pgbell.ring()', 'nobody is to be rung, which is no error');
select lives_ok($$select pgbell.ring(array['ann', null, 'bob'])$$, 'null is nobody');
select throws_ok($$select pgbell.ring(array['a b'])$$, '23514');

-- What was seen is an era, the first id that was not given yet, and those that were running.
create temporary table seen as
select split_part(pgbell.see(), ' ', 1) as era;
create function pg_temp.seen(snapshot text) returns text language sql as
	$$ select era || ' ' || snapshot from seen $$;
delete from pgbell.event;
insert into pgbell.event (address, seq, type, data, unread_count, created_at, txid)
select person, row_number() over (), 'new_notification', '{}', 0, now(), txid::xid8
from (values ('old', null), ('a', '5'), ('b', '6'), ('c', '7'), ('c', '7'), ('d', '9'), ('e', '10'),
	('elsewhere', '9000000000000000000')) v (person, txid);
select is(pg_temp.look(pg_temp.seen('11:11:')), '0', 'what was visible is not found again');
select is(pg_temp.look(pg_temp.seen('10:10:')), '1 e', 'what had no id is');
select is(pg_temp.look(pg_temp.seen('6:10:6,9')), '3 b d e', 'and what was running');
select is(pg_temp.look(pg_temp.seen('5:7:5')), '4 a c d e', 'each person once');
select is(pg_temp.look(pg_temp.seen('5:7:5'), 5), '4 a c d e', 'as many events as may be');
select is(pg_temp.look(pg_temp.seen('5:7:5'), 4), 'everybody', 'and one more');
select is(pg_temp.look(null), 'everybody', 'nothing is known');

-- Few are told, in the order of a log, and with the number before.
create function pg_temp.found(seen text, few integer) returns text language sql as $$
	select string_agg(concat_ws(':', address, prev, seq, type, data), ' ' order by n)
	from rows from (pgbell.look(seen, null, null, 100, few)) with ordinality
		as l (address, seq, type, data, unread_count, created_at, prev, seen_now, everybody, transactions, has_berth, n)
	where address is not null
$$;
select is(pg_temp.found(pg_temp.seen('7:11:7'), 2),
	'c:3:4:new_notification:{"unread_count": 0} c:4:5:new_notification:{"unread_count": 0}', 'few are told');
select is(pg_temp.found(pg_temp.seen('7:11:7'), 1), 'c', 'of more it is told whose they are');
select is(pg_temp.found(pg_temp.seen('6:10:6,9'), 9), (
	select string_agg(concat_ws(':', address, prev, seq, type, data), ' ' order by address)
	from unnest(array['b', 'd', 'e'], array[1, 4, 5]) p (a, s), pgbell.events_after(array[a], array[(
		select max(seq) - 1 from pgbell.event where address = a)]::bigint[])), 'as a read tells it');
select is(pg_temp.look('1 5:7:5'), 'everybody', 'of another era');
select throws_ok($$select pg_temp.look(pg_temp.seen('5:7:5; select'))$$, '22P02');
select is((select seen_now from pgbell.look(null, null, null, 1)), pgbell.see(), 'a look says what it saw');

-- The plan is of an index, also where nothing was ever analyzed.
create function pg_temp.explain(statement text) returns setof text language plpgsql as $$
begin
	return query execute 'explain ' || statement;
end;
$$;
set local enable_seqscan = off;
set local enable_bitmapscan = off;
select is((select count(*) from pg_temp.explain(
	$$select from pgbell.event where txid = any (array(select pg_snapshot_xip('5:7:5')))$$) e
	where e like '%Index%event_transaction%'), 1::bigint, 'running ones by the index');
select is((select count(*) from pg_temp.explain(
	$$select from pgbell.event where txid >= pg_snapshot_xmax('5:7:5') and txid < pg_snapshot_xmax(pg_current_snapshot())$$) e
	where e like '%Index%event_transaction%'), 1::bigint, 'new ones by the index');

select * from finish();
rollback;
