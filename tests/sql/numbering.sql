-- What one transaction notes, and how it is numbered.

begin;
select no_plan();

create function pg_temp.log(person text) returns setof text language sql as $$
	select concat_ws(' ', e.seq, e.type, case when e.type = 'new_notification'
		then e.data ->> 'kind' else (e.data - array['kind', 'created_at'])::text end, e.unread_count)
	from pgbell.event e
	where e.address = person
	order by e.seq;
$$;
create function pg_temp.ids(person text) returns bigint[] language sql as $$
	select array_agg(id order by id) from pgbell.notification where user_id = person;
$$;

-- one statement after the other ------------------------------------------------------------------

select pgbell.notify('ann', 'a');
select is_empty($$ select pg_temp.log('ann') $$, 'nothing is numbered before the commit');
insert into pgbell.notification (user_id, kind) values ('ann', 'b'), ('bob', 'c'), ('ann', 'd');
update pgbell.notification set read_at = now() where kind = 'a';
select is((select count(*) from pgbell.pending), 4::bigint, 'each that is touched is noted once');
select is((select count(*) from pgbell.pending where fires), 1::bigint,
	'one note has all of it numbered, of however many statements');
select tap.commit();
select results_eq($$ select pg_temp.log('ann') $$, array[
	'1 new_notification a 0', '2 new_notification b 1', '3 new_notification d 2'],
	'they are told as they are at the commit, with the count as it was after each');
select is((select data ->> 'read_at' is not null from pgbell.event where address = 'ann' and seq = 1),
	true, 'that one was read already');
select results_eq($$ select pg_temp.log('bob') $$, array['1 new_notification c 1'],
	'each person has numbers of their own');
select results_eq($$ select address::text collate "default", seq, unread_count from pgbell.inbox order by 1 $$,
	$$ values ('ann', 3::bigint, 2), ('bob', 1, 1) $$, 'the inbox has the last number and the count');
select is_empty('select from pgbell.pending', 'nothing is left noted');

-- what is told is what was committed -------------------------------------------------------------

insert into pgbell.notification (user_id, kind, data) values ('large', 'n', jsonb_build_object('text', repeat('x', 30000)));
select tap.commit();
select is((select length(data #>> '{data,text}') from pgbell.event where address = 'large'), 30000,
	'what is too large for a note is told whole');
insert into pgbell.notification (user_id, kind, data) values ('back', 'n', '{"v":1}');
savepoint before_change;
update pgbell.notification set data = '{"v":2}' where user_id = 'back';
rollback to before_change;
select tap.commit();
select is((select data ->> 'data' from pgbell.event where address = 'back'), '{"v": 1}',
	'a change that a savepoint took back is not told');
insert into pgbell.notification (user_id, kind) values ('marked', 'n');
update pgbell.notification set read_at = now() where user_id = 'marked';
select tap.commit();
select is((select array_agg(type || ' ' || unread_count || ' ' || (data ->> 'read_at' is not null)) from pgbell.event where address = 'marked'),
	array['new_notification 0 true'], 'inserted, then marked: it is told as read');

insert into pgbell.notification (user_id, kind, data) values ('orm', 'draft', '{"v":1}');
update pgbell.notification set data = '{"v":2}' where user_id = 'orm';
update pgbell.notification set kind = 'final' where user_id = 'orm';
select tap.commit();
select results_eq($$ select type || ' ' || (data ->> 'kind') || ' ' || (data -> 'data') from pgbell.event
	where address = 'orm' $$, array['new_notification final {"v": 2}'], 'inserted, then updated: one event');
update pgbell.notification set read_at = now() where user_id = 'orm';
select tap.commit();
update pgbell.notification set data = '{"v":3}', read_at = null where user_id = 'orm';
update pgbell.notification set data = '{"v":4}' where user_id = 'orm';
select tap.commit();
update pgbell.notification set data = '{"v":4}', key = 's' where user_id = 'orm';
select tap.commit();
select results_eq($$ select type || ' ' || (data -> 'data') || coalesce(data ->> 'read_at', '')
	|| ' ' || unread_count from pgbell.event where address = 'orm' and seq > 2 $$,
	array['notification_changed {"v": 4} 1'], 'a change is told, once; what clients do not see is none');
delete from pgbell.notification where user_id = 'orm';
insert into pgbell.notification (id, user_id, kind) overriding system value
select (data ->> 'id')::bigint, 'orm', 'again' from pgbell.event where address = 'orm' and seq = 1;
select tap.commit();
select results_eq($$ select type || ' ' || (data ->> 'kind') || ' ' || unread_count from pgbell.event
	where address = 'orm' and seq > 3 $$, array['notification_changed again 1'],
	'deleted and there again under its id: a change');
select id as given from pgbell.notification where user_id = 'orm' \gset
delete from pgbell.notification where id = :given;
insert into pgbell.notification (id, user_id, kind) overriding system value values (:given, 'heir', 'hers');
select tap.commit();
select results_eq($$ select address::text collate "default" || ' ' || type || ' ' || unread_count from pgbell.event
	where address = 'orm' and seq > 4 or address = 'heir' order by 1 $$,
	array['heir new_notification 1', 'orm notification_deleted 0'], 'given to another person: told to each what is theirs');
select pgbell.notify('nil', 'came');
delete from pgbell.notification where user_id = 'nil';
update pgbell.notification set read_at = now() where kind = 'b';
update pgbell.notification set read_at = null where kind = 'b';
select tap.commit();
select is_empty($$ select pg_temp.log('nil') union all select pg_temp.log('ann') offset 3 $$,
	'what came and went again is nothing');

-- triggers of the application's, which come before ours ------------------------------------------

create trigger a after insert on pgbell.notification for each row execute function tap.meddle();
insert into pgbell.notification (user_id, kind) values ('app', 'enriched'), ('app', 'seen'), ('app', 'plain'),
	('app', 'unwanted');
select tap.commit();
select results_eq($$ select concat_ws(' ', type, data ->> 'kind', data ->> 'data', unread_count) from pgbell.event
	where address = 'app' order by seq $$, array['new_notification enriched {"more": 1} 1',
	'new_notification seen {} 1', 'new_notification plain {} 2'],
	'one that is changed, marked or deleted before it is noted was not there before');
drop trigger a on pgbell.notification;
create function pg_temp.touch(id bigint) returns bigint language sql as $$
	update pgbell.notification n set data = '{"touched":1}' where n.id = $1 returning n.id;
$$;
with i as (insert into pgbell.notification (user_id, kind) values ('cte', 'k') returning id)
select is(pg_temp.touch(id), id, 'a function sees what its own statement inserts') from i;
select tap.commit();
select results_eq($$ select concat_ws(' ', type, data ->> 'data', unread_count) from pgbell.event
	where address = 'cte' $$, array['new_notification {"touched": 1} 1'], 'and changes it: one event');

create function pg_temp.keep_unread() returns trigger language plpgsql as $$
begin
	new.read_at := old.read_at;
	return new;
end;
$$;
select token from pgbell.create_session('cte') \gset
select id as given from pgbell.notification where user_id = 'cte' \gset
create trigger z before update on pgbell.notification for each row execute function pg_temp.keep_unread();
select throws_ok(format('select pgbell.mark_read(%L, %s)', :'token', :given), 'PB409', null,
	'a mark that a trigger of the application''s does not let happen is none');
drop trigger z on pgbell.notification;
select is((pgbell.mark_read(:'token', :given) ->> 'unread_count')::integer, 0, 'and then it is');

-- marks and deletions ----------------------------------------------------------------------------

update pgbell.notification set read_at = now() where user_id = 'ann';
select tap.commit();
select is((select string_agg(line, E'\n') from pg_temp.log('ann') line where line ~ '^4'),
	(select format('4 notification_read {"ids": [%s, %s]} 0', ids[2], ids[3]) from pg_temp.ids('ann') ids),
	'only what becomes read is a mark');
delete from pgbell.notification where kind = 'a';
update pgbell.notification set read_at = null where user_id = 'ann';
insert into pgbell.notification (user_id, kind) values ('ann', 'e');
delete from pgbell.notification where kind = 'b';
select tap.commit();
select results_eq($$ select regexp_replace(pg_temp.log('ann'), '{.*}', '') offset 4 $$, array[
	'5 notification_deleted  0', '6 notification_deleted  0', '7 notification_unread  1',
	'8 new_notification e 2'], 'deletions first, then marks, then new ones');

insert into pgbell.notification (user_id, kind) select 'many', 'm' from generate_series(1, 1201);
select tap.commit();
update pgbell.notification set read_at = now() where user_id = 'many';
select tap.commit();
select results_eq($$
	select jsonb_array_length(data -> 'ids'), unread_count::integer from pgbell.event
	where address = 'many' and type = 'notification_read' order by seq
$$, $$ values (500, 701), (500, 201), (201, 0) $$, 'a mark names at most 500 ids');

insert into pgbell.notification (user_id, kind, read_at) values ('old', 'imported', now());
select tap.commit();
delete from pgbell.notification where user_id = 'old';
select tap.commit();
select results_eq($$ select unread_count::integer from pgbell.event where address = 'old' order by seq $$,
	array[0, 0], 'what was never unread is not counted');

with gone as (delete from pgbell.notification where user_id = 'bob' returning user_id)
insert into pgbell.notification (user_id, kind) select user_id, 'instead' from gone;
select tap.commit();
select is((select unread_count from pgbell.inbox where address = 'bob'), 1,
	'a statement that deletes and inserts counts both');

insert into pgbell.notification overriding system value
select id, user_id, 'upsert' from pgbell.notification where user_id = 'bob'
on conflict (id) do update set read_at = now();
select tap.commit();
select is((select unread_count from pgbell.inbox where address = 'bob'), 0,
	'an upsert that marks is counted as a mark');

insert into pgbell.notification (user_id, kind) select 'nobody', 'n' where false;
update pgbell.notification set read_at = now() where false;
select is_empty('select from pgbell.pending', 'a statement without rows notes nothing');

-- many statements ----------------------------------------------------------------------------------

insert into pgbell.notification (user_id, kind) select 'guy', 'many' from generate_series(1, 3);
select tap.commit();
do $$
declare
	gone bigint;
begin
	for gone in select id from pgbell.notification where user_id = 'guy' loop
		insert into pgbell.notification (user_id, kind) values ('guy', 'more');
		delete from pgbell.notification where id = gone;
	end loop;
end;
$$;
select is((select count(*) from pgbell.pending where fires), 1::bigint, 'however many a transaction executes, one note has all of it numbered');
select tap.commit();
select results_eq($$ select seq, unread_count from pgbell.inbox where address = 'guy' $$, $$ values (9::bigint, 3) $$, 'each once');

-- savepoints, and constraints made immediate -----------------------------------------------------

savepoint a;
select pgbell.notify('eve', 'rolled back');
rollback to a;
select pgbell.notify('eve', '1');
savepoint b;
select pgbell.notify('eve', 'rolled back');
select tap.commit();
rollback to b;
select pgbell.notify('eve', '2');
select is((select count(*) from pgbell.pending where fires), 1::bigint,
	'one note is marked, also after savepoints');
select tap.commit();
select results_eq($$ select pg_temp.log('eve') $$,
	array['1 new_notification 1 1', '2 new_notification 2 2'],
	'what a savepoint took back leaves no trace and no hole');

select pgbell.notify('fay', '1');
savepoint c;
select pgbell.notify('fay', 'rolled back');
update pgbell.notification set data = '{"rolled": "back"}' where user_id = 'fay';
rollback to c;
select pgbell.notify('fay', '2');
select tap.commit();
select results_eq($$ select pg_temp.log('fay') $$,
	array['1 new_notification 1 1', '2 new_notification 2 2'], 'what a savepoint took back is not told');
select pgbell.notify('fay', '3');
savepoint d;
select tap.commit();
rollback to d;
select is((select seq from pgbell.inbox where address = 'fay'), 2::bigint, 'a number is taken back');
select tap.commit();
select is((select seq from pgbell.inbox where address = 'fay'), 3::bigint, 'and given at the commit');

-- no setting has a say: nobody may spoil a count -------------------------------------------------

create function pg_temp.lie(words text) returns void language plpgsql as $$
declare
	name text;
begin
	foreach name in array array['noted', 'at_once', 'marks_all', 'pending', 'era'] loop
		perform set_config('pgbell.' || name, words, true);
	end loop;
end;
$$;
select pg_temp.lie(w), pgbell.notify('liz', 'k' || w), pg_temp.lie(w || ' ')
from unnest(array[' more ', 'on', '', '1', 'null']) w;
insert into pgbell.notification (user_id, kind) select 'liz', w
from (select pg_temp.lie(w), w from unnest(array[' more ', 'on']) w) t;
select pg_temp.lie('on');
update pgbell.notification set read_at = now() where user_id = 'liz' and kind = 'on';
reset all;
select tap.commit();
select is((select (seq, unread_count)::text from pgbell.inbox where address = 'liz'), '(7,6)',
	'whatever is set, each is numbered and counted once');
select is_empty('select from pgbell.pending', 'and nothing is left noted');

set constraints all immediate;
insert into pgbell.notification (user_id, kind) values ('ida', '1'), ('hal', '1'), ('ida', '2');
select is((select count(distinct created_at) from pgbell.event where address in ('hal', 'ida')), 1::bigint,
	'with immediate constraints a statement is numbered as a whole');
select pgbell.notify('eve', '3');
select pgbell.notify('eve', '4');
select is((select seq from pgbell.inbox where address = 'eve'), 4::bigint,
	'with immediate constraints each statement is numbered at its end');
set constraints all deferred;

select pgbell.notify('eve', '5');
select pgbell.number_pending();
select is((select seq from pgbell.inbox where address = 'eve'), 5::bigint, 'a function numbers early');
select pgbell.number_pending();
select is((select seq from pgbell.inbox where address = 'eve'), 5::bigint, 'and finds nothing the second time');
select pgbell.notify('eve', '6');
select tap.commit();
select is((select seq from pgbell.inbox where address = 'eve'), 6::bigint,
	'what comes after an early numbering is numbered at the commit');

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
select tap.commit();
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
select throws_matching(call, wanted, wanted)
from (values ($$ select pgbell.notify('a b', 'k') $$, 'a user_id has no white space and no control characters'),
	($$ select pgbell.notify('a', '') $$, 'a kind has 1 to 64 characters'),
	($$ select pgbell.notify('a', 'k', subject => '') $$, 'a subject has 1 to 200 characters'),
	($$ select pgbell.notify('a', 'k', subject => E'a\nb') $$, 'a subject has no control characters'),
	($$ select pgbell.notify('a', 'k', '[]') $$, 'data is a JSON object of at most 32768 bytes')) t (call, wanted);
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

select is_empty($$ select c.oid::regclass from pg_class c where c.relnamespace = 'pgbell'::regnamespace
	and c.relkind in ('r', 'v') and obj_description(c.oid, 'pg_class') is null $$, 'each table says what it is');
select is_empty($$ select p.oid::regprocedure from pg_proc p where p.pronamespace = 'pgbell'::regnamespace
	and obj_description(p.oid, 'pg_proc') is null $$, 'each function says what it does');

-- the doorbell -----------------------------------------------------------------------------------

select throws_ok($$ select pgbell.ring('{a b}') $$, '23514', null, 'no payload is ambiguous');
select lives_ok($$ select pgbell.ring(null), pgbell.ring('{}'), pgbell.ring('{null,a,a}') $$,
	'nobody is rung without harm');
select lives_ok($$ select pgbell.ring(array_agg(repeat('x', 124) || i)) from generate_series(1000, 3000) i $$,
	'the longest ids fit into payloads');

select tap.commit();

-- the disk --------------------------------------------------------------------------------------

set local synchronous_commit = off;
select pgbell.notify('syn', 'one');
select tap.commit();
select is(current_setting('synchronous_commit'), 'on', 'a number is on disk before it is told');
set local synchronous_commit = off;
select pgbell.notify('syn', 'two'), pgbell.notify('syn', 'three');
select tap.commit();
select is(current_setting('synchronous_commit'), 'on', 'and so are several');

select * from finish();
rollback;
