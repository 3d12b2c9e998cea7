-- Notifications with a key: while one is unread, another of that key is merged with it.

begin;
select no_plan();

select token as ann from pgbell.create_session('ann') \gset
create function pg_temp.answered(actor text, key text default 'q/1', person text default 'ann') returns bigint
language plpgsql as $$
declare
	id bigint := pgbell.notify(person, 'answer', jsonb_build_object('actor', actor), 'question/1/answer/' || actor, key);
begin
	perform tap.commit();
	return id;
end;
$$;
create function pg_temp.log(person text, after bigint default 0) returns setof text language sql as $$
	select concat_ws(' ', e.seq, e.type, e.data ->> 'count', e.data -> 'actors', e.unread_count)
	from pgbell.event e where e.address = person and e.seq > after order by e.seq;
$$;
create function pg_temp.list(token text, lim integer default 20, before bigint default null) returns text language sql as $$
	select string_agg(concat_ws(':', n ->> 'kind', n ->> 'count', n -> 'data' ->> 'actor'), ' ' order by o)
	from json_array_elements(pgbell.list_notifications(token, lim, before) -> 'notifications') with ordinality t (n, o);
$$;

-- one becomes of many ----------------------------------------------------------------------------

select pg_temp.answered('ines') as id \gset
select pgbell.notify('ann', 'other');
select tap.commit();
select is(pg_temp.list(:'ann'), 'other answer:ines', 'one with a key is one like any other');
select is(pgbell.list_notifications(:'ann')::jsonb #> '{notifications,1,count}', null, 'nothing is said of a count');
select is(pg_temp.answered('tomas'), :id::bigint, 'another is merged with it');
select is(pg_temp.list(:'ann'), 'answer:2:tomas other', 'counts, has the newest data, and moves to the top');
select results_eq($$ select pg_temp.log('ann') $$, array['1 new_notification 1', '2 new_notification 2',
	'3 notification_changed 2 ["tomas", "ines"] 2'], 'told as a change; the badge does not rise');
select is(pgbell.list_notifications(:'ann', 1)::jsonb #> '{notifications,0}' || '{"unread_count":2}',
	(select data || '{"unread_count":2}' from pgbell.event where address = 'ann' and seq = 3),
	'what is told is the row as a list shows it');
select is(pg_temp.answered('ines'), :id::bigint, 'who did it again');
select is((select actors from pgbell.notification where id = :id), '["ines", "tomas"]', 'is there once, as the newest');
select pg_temp.answered('a' || i) from generate_series(1, 12) i;
select is(count || ' ' || actors::text, '15 ["a12", "a11", "a10", "a9", "a8", "a7", "a6", "a5", "a4", "a3"]',
	'ten are kept') from pgbell.notification where id = :id;
select is(subject::text, 'question/1/answer', 'it is about what they have in common') from pgbell.notification where id = :id;
select is((pgbell.list_notifications(:'ann') ->> 'unread_count')::integer, 2, 'still two are unread');

select pgbell.notify('ann', 'answer', '{"actor":"zoe"}', key => 'q/2');
select tap.commit();
select is(pg_temp.list(:'ann'), 'answer:zoe answer:15:a12 other', 'another key is another one');
select pg_temp.answered('yan', person => 'bob');
select is((select count(*) from pgbell.notification where user_id = 'bob'), 1::bigint, 'and so is another person');

-- pages go by places -----------------------------------------------------------------------------

select pgbell.list_notifications(:'ann', 2) ->> 'next' as next \gset
select is(pg_temp.list(:'ann', 2), 'answer:zoe answer:15:a12', 'the first page');
select is(pg_temp.list(:'ann', 2, :next), 'other', 'the next one');

-- read, unread, gone -----------------------------------------------------------------------------

select pgbell.mark_read(:'ann', :id) ->> 'unread_count';
select pg_temp.answered('max') as second \gset
select isnt(:second::bigint, :id::bigint, 'one that was read is left alone: there is a new one');
select is(pg_temp.list(:'ann'), 'answer:max answer:zoe answer:15:a12 other', 'at the top');
select is(pgbell.mark_unread(:'ann', :id) ->> 'unread_count', '4', 'the old one becomes unread again beside it');
select is(pg_temp.answered('kim'), :second::bigint, 'and is left alone all the same');
select pgbell.delete_notification(:'ann', :second) ->> 'unread_count';
select isnt(pg_temp.answered('lea'), :second::bigint, 'one that was deleted does not come back');
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

-- one transaction --------------------------------------------------------------------------------

select pgbell.notify('tim', 'answer', jsonb_build_object('actor', 'x' || i % 2), key => 'k') from generate_series(1, 5) i;
select tap.commit();
select results_eq($$ select pg_temp.log('tim') $$, array['1 new_notification 5 ["x1", "x0"] 1'],
	'five in one transaction are one new one that counts five');
select pgbell.notify('tim', 'answer', '{"actor":"x1"}', key => 'k');
update pgbell.notification set read_at = now() where user_id = 'tim';
select tap.commit();
select results_eq($$ select pg_temp.log('tim', 1) $$, array['2 notification_changed 6 ["x1", "x0"] 0'],
	'changed and read in one: one event');
select pgbell.notify('tim', 'same', '{}', key => 'same') from generate_series(1, 2);
select tap.commit();
select pgbell.notify('tim', 'same', '{}', key => 'same');
select tap.commit();
select results_eq($$ select pg_temp.log('tim', 2) $$, array['3 new_notification 2 [] 1', '4 notification_changed 3 [] 1'],
	'no actor, and nothing else that differs: it counts');

-- an upsert of the application's own -------------------------------------------------------------

insert into pgbell.notification (user_id, kind, data, key) values ('uma', 'k', '{"n":1}', 'u'), ('uma', 'k', '{"n":2}', 'v');
select tap.commit();
insert into pgbell.notification (user_id, kind, data, key)
values ('uma', 'k', '{"n":3,"actor":{"id":7}}', 'u'), ('uma', 'k', '{"n":4}', 'w')
on conflict (user_id, key) where key is not null and read_at is null
do update set data = excluded.data, place = excluded.id;
select tap.commit();
select results_eq($$ select concat_ws(' ', seq, type, data -> 'data' ->> 'n', data ->> 'count', data -> 'actors', unread_count)
	from pgbell.event where address = 'uma' order by seq $$, array['1 new_notification 1 1', '2 new_notification 2 2',
	'3 notification_changed 3 2 [{"id": 7}] 2', '4 new_notification 4 3'], 'is told the same way');
update pgbell.notification set data = '{"n":9}' where user_id = 'uma' and key = 'v';
select tap.commit();
select is(count, null, 'a correction of its text counts nothing') from pgbell.notification where user_id = 'uma' and key = 'v';
update pgbell.notification set place = 1 where user_id = 'uma' and key = 'v';
select cmp_ok(place, '>', id, 'a place below its own is none: it moves to the top') from pgbell.notification where user_id = 'uma' and key = 'v';
select tap.commit();

create role pgbell_test_shop;
grant usage on schema pgbell to pgbell_test_shop;
grant insert (user_id, kind, data, subject), select (id) on pgbell.notification to pgbell_test_shop;
grant insert (key), select (user_id, key, read_at), update (data, place) on pgbell.notification to pgbell_test_shop;
set local role pgbell_test_shop;
insert into pgbell.notification (user_id, kind, data, key) values ('uma', 'k', '{"n":5}', 'w')
on conflict (user_id, key) where key is not null and read_at is null
do update set data = '{"n":5}', place = excluded.id;
set constraints all immediate;
set constraints all deferred;
set local role none;
select is(has_column_privilege('pgbell_test_shop', 'pgbell.notification', 'count', 'update'), false,
	'counts are not the application''s');
select results_eq($$ select pg_temp.log('uma', 6) $$, array['7 notification_changed 2 [] 3'],
	'a role with the rights to these columns may');

-- when very many are marked read -----------------------------------------------------------------

select token as eve from pgbell.create_session('eve') \gset
select pg_temp.answered('ines', person => 'eve') as old \gset
select pg_temp.answered('tomas', person => 'eve') as old \gset
insert into pgbell.notification (user_id, kind) select 'eve', 'n' from generate_series(1, 1100);
select pg_temp.answered('before', 'other', 'eve') as other \gset
select pgbell.mark_all_read(:'eve') ->> 'unread_count';
select is(pg_temp.answered('max', person => 'eve'), :old::bigint, 'one that counts as read, whose row does not say so yet');
select is(seq.line, expected, 'begins anew, and is unread') from (select regexp_replace(max(l), '^\d+ ', '') as line
	from pg_temp.log('eve') l where l like '%changed%' and l not like '%["tomas%') seq, (values ('notification_changed 1')) e (expected);
select is(pg_temp.list(:'eve', 1), 'answer:max', 'it is at the top');
select is((select string_agg(n -> 'data' ->> 'actor', ' ') from json_array_elements(
	pgbell.list_notifications(:'eve', 20, null, true) -> 'notifications') n), 'max', 'alone among the unread ones');
select is(pg_temp.answered('kim', person => 'eve'), :old::bigint, 'another one more');
select is(pg_temp.list(:'eve', 1), 'answer:2:kim', 'counts from there');
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');
select pgbell.settle_read(10000);
select is_empty('select * from pgbell.check_consistency()', 'when the rows have followed, too');
select is((select string_agg(n -> 'data' ->> 'actor', ' ') from json_array_elements(
	pgbell.list_notifications(:'eve', 20, null, true) -> 'notifications') n), 'kim', 'one is unread then');
-- Beside others in one transaction.
select token as gil from pgbell.create_session('gil') \gset
select pgbell.notify('gil', 'answer', '{"actor":"old"}', key => 'q/1');
insert into pgbell.notification (user_id, kind) select 'gil', 'n' from generate_series(1, 1010);
select tap.commit();
select pgbell.mark_all_read(:'gil') ->> 'unread_count';
select pgbell.notify('gil', 'gone') as gone \gset
select tap.commit();
delete from pgbell.notification where id = :gone;
select pgbell.notify('gil', 'answer', '{"actor":"new"}', key => 'q/1');
select tap.commit();
select is((select string_agg(type || ' ' || unread_count, ', ' order by seq) from pgbell.event where address = 'gil' and seq > 1013),
	'notification_deleted 0, notification_changed 1', 'the count of each is as it is then');
-- Marked between what a transaction did and its commit.
insert into pgbell.notification (user_id, kind) select 'eve', 'n' from generate_series(1, 1100);
select tap.commit();
select pgbell.notify('eve', 'answer', '{"actor":"late"}', key => 'q/1');
update pgbell.inbox set unread_count = 0, read_up_to = (select max(id) from pgbell.notification), read_up_to_at = now(),
	read_except = '{}' where address = 'eve';
select tap.commit();
select is((select unread_count from pgbell.inbox where address = 'eve'), 1, 'whoever marked all read had not read this one');
select is_empty($$ select problem from pgbell.check_consistency() $$, 'it counts as unread');

-- what is refused --------------------------------------------------------------------------------

select throws_ok(format('select pgbell.notify(%L, %L, key => %L)', 'ann', 'k', key), '23514', null, why)
from (values ('', 'an empty key'), (repeat('k', 201), 'a key of 201 characters'), (E'a\tb', 'a tab in a key')) t (key, why);
select lives_ok(format('select pgbell.notify(%L, %L, key => %L)', 'ann', 'k', repeat('é', 200)), 'a key of 200 characters');
select throws_ok($$ select pgbell.notify('ann', 'k', '[]', key => 'q/2') $$, '23514', null, 'what another one may not say');
select is(pgbell.common_subject(one, other), common, format('%s and %s', one, other))
from (values ('a/b/c', 'a/b/d', 'a/b'), ('a/b', 'a/b', 'a/b'), ('a', 'a/b', 'a'), ('a/b', 'a', 'a'), ('a', 'b', null),
	('ab/c', 'a/c', null), (null, 'a', null), ('a', null, null), ('/a', '/b', null)) t (one, other, common);

select * from finish();
rollback;
