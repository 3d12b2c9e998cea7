-- What one transaction notes, and how it is numbered.

begin;
select no_plan();

create function pg_temp.log(person text) returns setof text language sql as $$
	select concat_ws(' ', e.seq, e.type, case when e.type = 'new_notification'
		then e.data ->> 'kind' else (e.data - 'up_to')::text end, e.unread_count)
	from pgbell.event e
	where e.user_id = person
	order by e.seq;
$$;
create function pg_temp.commit() returns void language plpgsql as $$
begin
	set constraints all immediate;
	set constraints all deferred;
end;
$$;
create function pg_temp.ids(person text) returns bigint[] language sql as $$
	select array_agg(id order by id) from pgbell.notification where user_id = person;
$$;

-- one statement after the other ------------------------------------------------------------------

select pgbell.notify('ann', 'a');
select is_empty($$ select pg_temp.log('ann') $$, 'nothing is numbered before the commit');
select is_empty('select from pgbell.pending', 'the first notification is noted by its trigger event alone');
insert into pgbell.notification (user_id, kind) values ('ann', 'b'), ('bob', 'c'), ('ann', 'd');
update pgbell.notification set read_at = now() where kind = 'a';
select is((select count(*) from pgbell.pending where first), 2::bigint,
	'one row of each other statement has it numbered');
select pg_temp.commit();
select results_eq($$ select pg_temp.log('ann') $$, array[
	'1 new_notification a 1', '2 new_notification b 2', '3 new_notification d 3',
	format('4 notification_read {"ids": [%s]} 2', (pg_temp.ids('ann'))[1])],
	'statements are numbered in their order, with the count as it was after each');
select results_eq($$ select pg_temp.log('bob') $$, array['1 new_notification c 1'],
	'each person has numbers of their own');
select results_eq($$ select user_id::text collate "default", seq, unread_count from pgbell.inbox order by 1 $$,
	$$ values ('ann', 4::bigint, 2), ('bob', 1, 1) $$, 'the inbox has the last number and the count');
select is_empty('select from pgbell.pending', 'nothing is left noted');

-- marks and deletions ----------------------------------------------------------------------------

update pgbell.notification set read_at = now(), data = '{"x":1}' where user_id = 'ann';
update pgbell.notification set data = '{"x":2}' where user_id = 'ann';
update pgbell.notification set read_at = null where kind = 'd';
delete from pgbell.notification where user_id = 'ann' and kind <> 'b';
select pg_temp.commit();
select results_eq($$ select pg_temp.log('ann') offset 4 $$, array[
	format('5 notification_read {"ids": [%s, %s]} 0', ids[2], ids[3]),
	format('6 notification_unread {"ids": [%s]} 1', ids[3]),
	format('7 notification_deleted {"id": %s} 1', ids[1]),
	format('8 notification_deleted {"id": %s} 0', ids[3])],
	'only what becomes read or unread is a mark; a deletion is one event each')
from (select array_agg((data ->> 'id')::bigint order by seq) as ids from pgbell.event
	where user_id = 'ann' and type = 'new_notification') e;

insert into pgbell.notification (user_id, kind) select 'many', 'm' from generate_series(1, 1201);
update pgbell.notification set read_at = now() where user_id = 'many';
select pg_temp.commit();
select results_eq($$
	select jsonb_array_length(data -> 'ids'), unread_count::integer from pgbell.event
	where user_id = 'many' and type = 'notification_read' order by seq
$$, $$ values (500, 701), (500, 201), (201, 0) $$, 'a mark names at most 500 ids');

insert into pgbell.notification (user_id, kind, read_at) values ('old', 'imported', now());
delete from pgbell.notification where user_id = 'old';
select pg_temp.commit();
select results_eq($$ select unread_count::integer from pgbell.event where user_id = 'old' order by seq $$,
	array[0, 0], 'what was never unread is not counted');

with gone as (delete from pgbell.notification where user_id = 'bob' returning user_id)
insert into pgbell.notification (user_id, kind) select user_id, 'instead' from gone;
select pg_temp.commit();
select is((select unread_count from pgbell.inbox where user_id = 'bob'), 1,
	'a statement that deletes and inserts counts both');

insert into pgbell.notification overriding system value
select id, user_id, 'upsert' from pgbell.notification where user_id = 'bob'
on conflict (id) do update set read_at = now();
select pg_temp.commit();
select is((select unread_count from pgbell.inbox where user_id = 'bob'), 0,
	'an upsert that marks is counted as a mark');

insert into pgbell.notification (user_id, kind) select 'nobody', 'n' where false;
update pgbell.notification set read_at = now() where false;
select is_empty('select from pgbell.pending', 'a statement without rows notes nothing');

-- savepoints, and constraints made immediate -----------------------------------------------------

savepoint a;
select pgbell.notify('eve', 'rolled back');
rollback to a;
select pgbell.notify('eve', '1');
savepoint b;
select pgbell.notify('eve', 'rolled back');
select pg_temp.commit();
rollback to b;
select pgbell.notify('eve', '2');
select is((select count(*) from pgbell.pending where first), 2::bigint,
	'one row of each is marked, also after savepoints');
select pg_temp.commit();
select results_eq($$ select pg_temp.log('eve') $$,
	array['1 new_notification 1 1', '2 new_notification 2 2'],
	'what a savepoint took back leaves no trace and no hole');

select pgbell.notify('fay', '1');
savepoint c;
select pgbell.notify('fay', 'rolled back');
rollback to c;
select pgbell.notify('fay', '2');
update pgbell.notification set read_at = now() where user_id = 'fay' and kind = '1';
select pg_temp.commit();
select results_eq($$ select pg_temp.log('fay') $$, array['1 new_notification 1 1', '2 new_notification 2 2',
	format('3 notification_read {"ids": [%s]} 1', (pg_temp.ids('fay'))[1])],
	'what follows the first notification is numbered behind it');
select pgbell.notify('fay', '3');
savepoint d;
select pg_temp.commit();
rollback to d;
select is((select seq from pgbell.inbox where user_id = 'fay'), 3::bigint, 'a number is taken back');
select pg_temp.commit();
select is((select seq from pgbell.inbox where user_id = 'fay'), 4::bigint, 'and given at the commit');
insert into pgbell.notification (user_id, kind) values ('fay', '4'), ('fay', '5');
set constraints pgbell.number_at_commit immediate;
select results_eq($$ select pg_temp.log('fay') offset 4 $$,
	array['5 new_notification 4 3', '6 new_notification 5 4'], 'also when only others are made immediate');
select pg_temp.commit();
select pgbell.notify('fay', '6');
reset all;
select pgbell.notify('fay', '7');
select pgbell.notify('fay', '8');
reset all;
select pg_temp.commit();
select set_eq($$ select data ->> 'kind' from pgbell.event where user_id = 'fay' and seq in (7, 8, 9) $$,
	'{6,7,8}'::text[], 'where settings were reset the order may suffer, and nothing else');

set constraints all immediate;
insert into pgbell.notification (user_id, kind) values ('ida', '1'), ('hal', '1'), ('ida', '2');
select is((select count(distinct created_at) from pgbell.event where user_id in ('hal', 'ida')), 1::bigint,
	'with immediate constraints a statement is numbered as a whole');
select pgbell.notify('eve', '3');
select pgbell.notify('eve', '4');
select is((select seq from pgbell.inbox where user_id = 'eve'), 4::bigint,
	'with immediate constraints each statement is numbered at its end');
set constraints all deferred;

select pgbell.notify('eve', '5');
select is(pgbell.number_pending(), 1::bigint, 'a function numbers early');
select is(pgbell.number_pending(), 0::bigint, 'and finds nothing the second time');
select pgbell.notify('eve', '6');
select pg_temp.commit();
select is((select seq from pgbell.inbox where user_id = 'eve'), 6::bigint,
	'what comes after an early numbering is numbered at the commit');

select pgbell.notify('tom', 'a'), pgbell.notify('tom', 'b');
set local pgbell.at_once = on;
update pgbell.notification set read_at = now() where user_id = 'tom' and kind = 'a';
select results_eq($$ select pg_temp.log('tom') $$, array['1 new_notification a 1',
	'2 new_notification b 2', format('3 notification_read {"ids": [%s]} 1', (pg_temp.ids('tom'))[1])],
	'a mark that is numbered at once comes behind what was noted before');
update pgbell.notification set read_at = now() where user_id = 'tom' and kind = 'b';
update pgbell.notification set data = '{}', read_at = null where user_id = 'tom';
update pgbell.notification set data = '{"x":3}' where user_id = 'tom';
delete from pgbell.notification where user_id = 'tom' and kind = 'b';
select results_eq($$ select pg_temp.log('tom') offset 3 $$, array[
	format('4 notification_read {"ids": [%s]} 0', ids[2]),
	format('5 notification_unread {"ids": [%s]} 1', ids[1]),
	format('6 notification_unread {"ids": [%s]} 2', ids[2]),
	format('7 notification_deleted {"id": %s} 1', ids[2])],
	'each mark and deletion is one event at once')
from (select array_agg((data ->> 'id')::bigint order by seq) as ids from pgbell.event
	where user_id = 'tom' and type = 'new_notification') e;
select is_empty('select from pgbell.pending', 'and nothing is left noted');
set local pgbell.at_once = off;

-- another deferred trigger that notifies during the commit
create table pg_temp.job (id int);
create function pg_temp.tell() returns trigger language plpgsql as $$
begin
	perform pgbell.notify('eve', 'late');
	return null;
end;
$$;
create constraint trigger tell after insert on pg_temp.job deferrable initially deferred
for each row execute function pg_temp.tell();
select pgbell.notify('eve', 'early');
insert into pg_temp.job values (1), (2);
select pg_temp.commit();
select results_eq($$ select pg_temp.log('eve') offset 6 $$, array[
	'7 new_notification early 7', '8 new_notification late 8', '9 new_notification late 9'],
	'a trigger that notifies during the commit is in time');

-- what is refused --------------------------------------------------------------------------------

select throws_ok($$ update pgbell.notification set user_id = 'zoe' where user_id = 'eve' $$,
	'0A000', 'the id and user_id of a notification cannot be changed', 'the person stays');
select throws_ok($$ update pgbell.notification set id = default where user_id = 'eve' $$,
	'0A000', null, 'the id stays');
select throws_ok('truncate pgbell.notification', '0A000', null, 'no truncation');
select throws_ok(format('select pgbell.notify(%L, %L)', u, 'k'), '23514', null,
	format('no person is %L', left(u, 10)))
from unnest(array['', 'a b', E'a\tb', E'a\u00a0b', E'\u0001', repeat('x', 129), repeat('é', 65)]) u;
select lives_ok(format('select pgbell.notify(%L, %L)', u, 'k'), format('a person is %L', left(u, 10)))
from unnest(array['7', 'ann@example.org', repeat('x', 128), repeat('é', 64),
	'6fa459ea-ee8a-3ca4-894e-db77e160355e', '"quoted"''']) u;
select throws_ok(format('select pgbell.notify(%L, %L)', 'p', k), '23514', null,
	format('no kind is %L', left(translate(k, E'\n', ' '), 10)))
from unnest(array['', repeat('k', 65), E'a\nb']) k;
select throws_ok(format('select pgbell.notify(%L, %L, %L)', 'p', 'k', d), '23514', null,
	format('data is not %L', left(d, 10)))
from unnest(array['[]', '1', '"x"', 'null', format('{"a":"%s"}', repeat('x', 32760))]) d;
select lives_ok(format('select pgbell.notify(%L, %L, %L)', 'p', 'k',
	format('{"a":"%s"}', repeat('x', 32768 - 9))), 'data of 32,768 bytes');

-- the doorbell -----------------------------------------------------------------------------------

select throws_ok($$ select pgbell.ring('{a b}') $$, '23514', null, 'no payload is ambiguous');
select lives_ok($$ select pgbell.ring(null), pgbell.ring('{}'), pgbell.ring('{null,a,a}') $$,
	'nobody is rung without harm');
select lives_ok($$ select pgbell.ring(array_agg(repeat('x', 124) || i)) from generate_series(1000, 3000) i $$,
	'the longest ids fit into payloads');

select pg_temp.commit();

-- a database that went on from an older state ----------------------------------------------------

select isnt((select timeline from pgbell.inbox where user_id = 'eve'), null, 'the timeline of a number is known');
update pgbell.inbox set timeline = 0 where user_id = 'eve';
select seq as before from pgbell.inbox where user_id = 'eve' \gset
select pgbell.notify('eve', 'later'), pgbell.notify('eve', 'later');
select pg_temp.commit();
select results_eq($$ select seq from pgbell.event where user_id = 'eve' order by seq desc limit 3 $$,
	array[:before + pgbell.log_gap() + 2, :before + pgbell.log_gap() + 1, :before], 'some numbers are left out');
select results_eq(format($$ select seq, type from pgbell.events_after('{eve}', '{%s}') $$, n),
	format($$ values (%s::bigint, 'reset') $$, :before + pgbell.log_gap() + 2),
	format('whoever stands at %s is told', n))
from unnest(array[:before, :before + 1, :before + pgbell.log_gap() - 1]) n;
select pgbell.notify('eve', 'later');
select pg_temp.commit();
select is((select seq from pgbell.inbox where user_id = 'eve'), :before + pgbell.log_gap() + 3, 'once');
update pgbell.inbox set timeline = 0 where user_id = 'eve';
select pgbell.notify('eve', 'later');
select pg_temp.commit();
select is((select seq from pgbell.inbox where user_id = 'eve'), :before + 2 * pgbell.log_gap() + 4,
	'a single event leaves them out too');

set local synchronous_commit = off;
select pgbell.notify('eve', 'one');
select pg_temp.commit();
select is(current_setting('synchronous_commit'), 'on', 'a number is on disk before it is told');
set local synchronous_commit = off;
select pgbell.notify('eve', 'two'), pgbell.notify('eve', 'three');
select pg_temp.commit();
select is(current_setting('synchronous_commit'), 'on', 'and so are several');

select is_empty('select * from pgbell.check_consistency()', 'all is consistent');
update pgbell.inbox set unread_count = unread_count + 1 where user_id = 'eve';
delete from pgbell.event where user_id = 'many' and seq = 5;
delete from pgbell.inbox where user_id = 'bob';
select set_eq('select user_id, problem from pgbell.check_consistency()', $$ values
	('eve', 'unread_count is 17, but 16 notifications are unread'),
	('eve', 'unread_count is 17, but the last event says 16'),
	('many', '1203 events from 1 to 1204'),
	('bob', 'has notifications or events but no inbox')
$$, 'contradictions are found');

select * from finish();
rollback;
