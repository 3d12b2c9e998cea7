-- The list, the badge and the log, as a client and a stream read them.

begin;
select no_plan();

select token as ann from pgbell.create_session('ann') \gset
select token as bob from pgbell.create_session('bob') \gset

create function pg_temp.ids(list json) returns text language sql as $$
	select string_agg(n -> 'data' ->> 'n', ',' order by o)
	from json_array_elements(list -> 'notifications') with ordinality as t (n, o);
$$;

select is(pgbell.list_notifications(:'ann')::jsonb,
	'{"user_id":"ann","notifications":[],"unread_count":0,"seq":0,"next":null}', 'an empty inbox');
select is(pgbell.list_events(:'ann', 0), '{"user_id":"ann","events":[],"seq":0,"unread_count":0,"reset":null}',
	'an empty log');

insert into pgbell.notification (user_id, kind, data, created_at)
select 'ann', 'k', jsonb_build_object('n', i), '2024-02-03 04:05:06.789+01'
from generate_series(1, 5) i;
insert into pgbell.notification (user_id, kind) values ('bob', 'k');
set constraints all immediate;
set constraints all deferred;
select min(id) as first_id from pgbell.notification where user_id = 'ann' \gset
select id as bobs_id from pgbell.notification where user_id = 'bob' \gset

-- the list ---------------------------------------------------------------------------------------

select is(pgbell.list_notifications(:'ann', 1)::jsonb #> '{notifications,0}', jsonb_build_object(
	'id', :first_id + 4, 'kind', 'k', 'data', '{"n":5}'::jsonb, 'read_at', null,
	'created_at', '2024-02-03T03:05:06.789Z'), 'a notification, its time in UTC');
set local timezone = 'Asia/Tokyo';
select is(pgbell.list_notifications(:'ann', 1) #>> '{notifications,0,created_at}',
	'2024-02-03T03:05:06.789Z', 'whatever the time zone of the session');
set local timezone = 'UTC';
select is(pg_temp.ids(pgbell.list_notifications(:'ann', 2)), '5,4', 'the first page');
select is(pg_temp.ids(pgbell.list_notifications(:'ann', 2,
	(pgbell.list_notifications(:'ann', 2) ->> 'next')::bigint)), '3,2', 'the second page');
select is(pgbell.list_notifications(:'ann', 2, :first_id + 1) ->> 'next', null, 'the last page');
select is(pgbell.list_notifications(:'ann', 5) ->> 'next', null, 'a page that is just full');
select is(pg_temp.ids(pgbell.list_notifications(:'ann', n)), '5', format('a limit of %s is 1', n))
from unnest(array[0, -1]) n;
select is(pg_temp.ids(pgbell.list_notifications(:'ann', null, null, null)), '5,4,3,2,1', 'defaults');

-- marks ------------------------------------------------------------------------------------------

select is(pgbell.mark_read(:'ann', :first_id + 1), '{"user_id":"ann","unread_count":4,"seq":6}', 'read');
select is(pgbell.mark_read(:'ann', :first_id + 1), '{"user_id":"ann","unread_count":4,"seq":6}', 'read again: no event');
select is(pg_temp.ids(pgbell.list_notifications(:'ann', 10, null, true)), '5,4,3,1', 'the unread ones');
select is(pgbell.mark_unread(:'ann', :first_id + 1), '{"user_id":"ann","unread_count":5,"seq":7}', 'unread');
select is(pgbell.mark_unread(:'ann', :first_id + 1), '{"user_id":"ann","unread_count":5,"seq":7}', 'again: no event');
select throws_ok(format('select pgbell.mark_all_read(%L, 8)', :'ann'), 'PB409', null, 'a page of the future');
select is(pgbell.mark_all_read(:'ann', 3), '{"user_id":"ann","unread_count":3,"seq":8,"marked":2}',
	'all that the page has seen as they are: not what came, or became unread, behind its number');
select is(pgbell.mark_all_read(:'ann'), '{"user_id":"ann","unread_count":0,"seq":9,"marked":3}', 'all');
select is(pgbell.mark_all_read(:'ann'), '{"user_id":"ann","unread_count":0,"seq":9,"marked":0}', 'all again: no event');
select is(pgbell.mark_unread(:'ann', :first_id), '{"user_id":"ann","unread_count":1,"seq":10}',
	'a mark after all of them is a mark of one');
select is(pgbell.delete_notification(:'ann', :first_id), '{"user_id":"ann","unread_count":0,"seq":11}', 'deleted');
select throws_ok(format('select pgbell.%s(%L, %s)', f, :'ann', i), 'PB404', null,
	format('%s: not mine, gone, or null: %s', f, i))
from unnest(array['mark_read', 'mark_unread', 'delete_notification']) f,
	unnest(array[:'bobs_id', :'first_id', '-1', 'null']) i;
select is(pgbell.get_unread_count(:'bob'), '{"user_id":"bob","unread_count":1,"seq":1}', 'bob has what he had');

-- the log ----------------------------------------------------------------------------------------

select is((pgbell.list_events(:'ann', 5)) - 'unread_count' - 'user_id', jsonb_build_object('seq', 11, 'reset', null,
	'events', jsonb_build_array(
	jsonb_build_object('seq', 6, 'type', 'notification_read', 'data',
		jsonb_build_object('ids', array[:first_id + 1], 'unread_count', 4)),
	jsonb_build_object('seq', 7, 'type', 'notification_unread', 'data',
		jsonb_build_object('ids', array[:first_id + 1], 'unread_count', 5)),
	jsonb_build_object('seq', 8, 'type', 'notification_read', 'data',
		jsonb_build_object('ids', array[:first_id, :first_id + 2], 'unread_count', 3)),
	jsonb_build_object('seq', 9, 'type', 'notification_read', 'data',
		jsonb_build_object('ids', array[:first_id + 1, :first_id + 3, :first_id + 4], 'unread_count', 0)),
	jsonb_build_object('seq', 10, 'type', 'notification_unread', 'data',
		jsonb_build_object('ids', array[:first_id], 'unread_count', 1)),
	jsonb_build_object('seq', 11, 'type', 'notification_deleted', 'data',
		jsonb_build_object('id', :first_id, 'unread_count', 0)))), 'each change, in order');
select is(pgbell.list_events(:'ann', 0, 1) -> 'events' -> 0, jsonb_build_object('seq', 1,
	'type', 'new_notification', 'data', jsonb_build_object('id', :first_id, 'kind', 'k',
	'data', '{"n":1}'::jsonb, 'created_at', '2024-02-03T03:05:06.789Z', 'read_at', null,
	'unread_count', 1)),
	'a new notification is told whole');
select is(pgbell.list_events(:'ann', null),
	'{"user_id":"ann","events":[],"seq":11,"unread_count":0,"reset":null}', 'without a number: where the log is');

select results_eq($$
	select address, seq, type from pgbell.events_after('{bob,ann,zoe}', '{0,9,0}')
$$, $$ values ('bob', 1::bigint, 'new_notification'), ('ann', 10, 'notification_unread'),
	('ann', 11, 'notification_deleted') $$, 'several people, in their order, by number');
select results_eq($$ select seq from pgbell.events_after('{ann}', '{2}', 3) $$,
	array[3, 4, 5]::bigint[], 'at most so many');
select results_eq($$ select seq, type, data from pgbell.events_after('{ann}', '{2}', 9)
	where seq > 10 $$, $$ values (11::bigint, 'notification_deleted', (select data || jsonb_build_object(
	'unread_count', unread_count) from pgbell.event where address = 'ann' and seq = 11)::text) $$, 'all of them');

-- In bytes: each person has a share and one event at least, and what is left out is said.
select results_eq(format('select address, seq, case when seq is null then type end from pgbell.events_after(%L, %L, %s, %s)', users, seqs, lim, bytes),
	expected, format('%s of %s and %s bytes', lim, users, bytes))
from (values
	('{ann}', '{2}', 3, 1000000, $$ values ('ann', 3::bigint, null), ('ann', 4, null), ('ann', 5, null), ('ann', null, 'more') $$),
	('{ann}', '{8}', 3, 1000000, $$ values ('ann', 9::bigint, null), ('ann', 10, null), ('ann', 11, null), ('ann', null, 'more') $$),
	('{ann}', '{8}', 9, 1, $$ values ('ann', 9::bigint, null), ('ann', null, 'more') $$),
	('{ann}', '{10}', 9, 1, $$ values ('ann', 11::bigint, null) $$),
	('{ann,zoe}', '{10,0}', 9, 1, $$ values ('ann', 11::bigint, null) $$),
	('{ann,bob,zoe}', '{9,0,0}', 9, 1, $$ values ('ann', 10::bigint, null), ('ann', null, 'more'), ('bob', null, 'cut') $$),
	('{zoe,bob,ann}', '{0,0,9}', 9, 2, $$ values ('bob', 1::bigint, null), ('ann', null, 'cut') $$),
	('{bob,ann}', '{0,8}', 9, 1000000, $$ values ('bob', 1::bigint, null), ('ann', 9, null), ('ann', 10, null), ('ann', 11, null) $$),
	('{bob,ann}', '{0,8}', 2, 1000000, $$ values ('bob', 1::bigint, null), ('ann', 9, null), ('ann', 10, null), ('ann', null, 'more') $$),
	('{bob,ann}', '{7,0}', 9, 1, $$ values ('bob', 1::bigint, null), ('ann', null, 'cut') $$)
) case_of (users, seqs, lim, bytes, expected);
select is_empty($$ select from pgbell.events_after('{ann,bob,zoe}', '{11,1,0}') $$, 'at rest no rows');
select is_empty($$ select from pgbell.events_after('{ann,null}', '{null,1}') $$, 'null asks nothing');
select results_eq($$
	select address, seq, type, data::jsonb, unread_count from pgbell.events_after('{ann,bob}', '{12,-1}')
$$, $$ values
	('ann', 11::bigint, 'reset', '{"reason":"unknown","seq":11,"unread_count":0}'::jsonb, 0),
	('bob', 1, 'reset', '{"reason":"unknown","seq":1,"unread_count":1}', 1)
$$, 'a number that was never given');
select is_empty($$ select from pgbell.events_after('{ann}', '{0}') where data ~ '[\n\r]' $$,
	'data is one line');

-- trimming ---------------------------------------------------------------------------------------

-- The clock was set back between 3 and 4.
update pgbell.event set created_at = now() - interval '8 days' where address = 'ann' and seq in (1, 2, 4);
select is(pgbell.trim() -> 'events', '4', 'what goes is the beginning of a log, without a hole');
select is(pgbell.list_events(:'ann', 3), '{"user_id":"ann","events":[],"seq":11,"unread_count":0,"reset":"trimmed"}',
	'a reader of what is gone is told');
select is(jsonb_array_length(pgbell.list_events(:'ann', 4) -> 'events'), 7, 'one beyond goes on');
update pgbell.event set created_at = now() - interval '2 hours' + seq * interval '1 ms';
select is(pgbell.trim('1 hour', 3) -> 'events', '3', 'in batches');
select is_empty('select * from pgbell.check_consistency()', 'a trimmed log is consistent');
select is(pgbell.trim('1 hour') -> 'events', '5', 'and the rest');
select is(pgbell.list_events(:'ann', 10) ->> 'reset', 'trimmed', 'an empty log cannot be gone on from');
select is(pgbell.list_events(:'ann', 11) ->> 'reset', null, 'but from its end');
select is(pgbell.list_notifications(:'ann') ->> 'seq', '11', 'the number stays');
select is_empty('select * from pgbell.check_consistency()', 'an empty log is consistent');

-- what one is about ------------------------------------------------------------------------------

select token as cid from pgbell.create_session('cid') \gset
insert into pgbell.notification (user_id, kind, subject, created_at) values ('cid', 'k', 'question/7', '2024-02-03 04:05:06.789Z');
select tap.commit();
select id as cids_id from pgbell.notification where user_id = 'cid' \gset
select is(list -> 'notifications' -> 0, (event #> '{events,0,data}') - 'unread_count', 'a list shows it as its event tells it')
from (select pgbell.list_notifications(:'cid')::jsonb as list, pgbell.list_events(:'cid', 0) as event) it;
select is(pgbell.list_notifications(:'cid')::jsonb #> '{notifications,0}', jsonb_build_object('id', :cids_id, 'kind', 'k', 'data', '{}'::jsonb,
	'created_at', '2024-02-03T04:05:06.789Z', 'read_at', null, 'subject', 'question/7'), 'with what it is about');
update pgbell.notification set subject = 'question/8' where user_id = 'cid';
select tap.commit();
update pgbell.notification set subject = subject where user_id = 'cid';
select tap.commit();
update pgbell.notification set subject = null where user_id = 'cid';
select tap.commit();
select results_eq(format('select e ->> %L, e #>> %L from jsonb_array_elements(pgbell.list_events(%L, 1) -> %L) e', 'type', '{data,subject}', :'cid', 'events'),
	$$ values ('notification_changed', 'question/8'), ('notification_changed', null) $$, 'one that is about something else by now has changed');

select * from finish();
rollback;
