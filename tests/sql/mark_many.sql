-- Marking a great many read is one change of the inbox; the rows follow.

begin;
select no_plan();

select token as ann from pgbell.create_session('ann') \gset
create function pg_temp.unread(token text, lim integer default 5) returns text language sql as $$
	select coalesce(string_agg(n ->> 'kind', ',' order by o), '')
	from json_array_elements(pgbell.list_notifications(token, lim, null, true) -> 'notifications')
		with ordinality as t (n, o);
$$;
create function pg_temp.is_consistent() returns setof text language sql as
	$$ select problem from pgbell.check_consistency() $$;
create function pg_temp.last_event() returns jsonb language sql as $$
	select data || jsonb_build_object('type', type, 'count', unread_count::integer)
	from pgbell.event where address = 'ann' order by seq desc limit 1;
$$;

insert into pgbell.notification (user_id, kind) select 'ann', 'n' || i from generate_series(1, 3000) i;
insert into pgbell.notification (user_id, kind) values ('bob', 'his');
select tap.commit();
select min(id) as first, max(id) as last from pgbell.notification where user_id = 'ann' \gset
-- What a transaction that has not committed yet will come with: an id below those that are marked.
delete from pgbell.notification where id = :first + 10;
select tap.commit();

select is(pgbell.mark_all_read(:'ann') - 'seq', '{"user_id":"ann","unread_count":0,"marked":2999}', 'all are read');
select is(pg_temp.last_event(), '{"type":"notification_read","all":true,"except":[],"count":0}', 'as one event');
select is((select count(*) from pgbell.notification where user_id = 'ann' and read_at is not null), 0::bigint,
	'the rows do not say so yet');
select is(pg_temp.unread(:'ann'), '', 'the list of unread ones is empty');
select is((select count(*) from json_array_elements(
	pgbell.list_notifications(:'ann', 100) -> 'notifications') n where n ->> 'read_at' is null), 0::bigint,
	'in the list all are read');
select is_empty('select * from pg_temp.is_consistent()', 'all is consistent');
select is(pgbell.mark_all_read(:'ann') ->> 'marked', '0', 'again: none');
select is(pgbell.mark_read(:'ann', :first) ->> 'unread_count', '0', 'one of them: it is read');
select is(pg_temp.last_event() ->> 'all', 'true', 'and that is no event');

insert into pgbell.notification (id, user_id, kind) overriding system value values (:first + 10, 'ann', 'late');
select pgbell.notify('ann', 'new');
select tap.commit();
select is(pg_temp.unread(:'ann'), 'new,late', 'what commits later is unread, also under a smaller id');
select is(pgbell.mark_unread(:'ann', :first + 20) ->> 'unread_count', '3', 'one of them becomes unread');
select is(pg_temp.last_event() -> 'ids', jsonb_build_array(:first + 20), 'which is an event');
select is(pgbell.mark_unread(:'ann', :first + 20) ->> 'unread_count', '3', 'once');
select is(pg_temp.unread(:'ann'), 'new,n21,late', 'it is in the list');
select is(pg_temp.unread(:'ann', 2), 'new,n21', 'whose pages are as long as ever');
select is_empty('select * from pg_temp.is_consistent()', 'all is consistent');

select is(pgbell.delete_notification(:'ann', :first + 1) ->> 'unread_count', '3', 'one that counts as read goes');
select is(pgbell.delete_notification(:'ann', :first + 20) ->> 'unread_count', '2', 'one that is unread goes');
update pgbell.notification set data = '{"x":1}' where id = :first + 2;
select tap.commit();
select isnt(pg_temp.last_event() ->> 'read_at', null, 'one that changes is told as read');
update pgbell.notification set read_at = now() where id in (:first + 3, :first + 10);
select tap.commit();
select is((select unread_count from pgbell.inbox where address = 'ann'), 1, 'one is marked that was unread');
select is_empty('select * from pg_temp.is_consistent()', 'all is consistent');


-- the rows follow --------------------------------------------------------------------------------

select max(seq) as before from pgbell.event where address = 'ann' \gset
select is(pgbell.trim(lim => 1000) -> 'settled', '1000', 'in batches');
select is(pg_temp.unread(:'ann'), 'new', 'meanwhile nothing is different');
select is(pgbell.settle_read(5000), 1995::bigint, 'until all say so');
select is((select read_up_to from pgbell.inbox where address = 'ann'), null, 'the inbox forgets');
select is(pgbell.settle_read(5000), 0::bigint, 'then nothing is left to do');
select tap.commit();
select is((select max(seq) from pgbell.event where address = 'ann'), :before::bigint, 'that is no event');
select is((select count(*) from pgbell.notification where user_id = 'ann' and read_at is null), 1::bigint,
	'one is unread');
select is((select read_at from pgbell.notification where user_id = 'bob'), null, 'nobody else is concerned');
select is_empty('select * from pg_temp.is_consistent()', 'all is consistent');

-- up to what a page has seen ---------------------------------------------------------------------

insert into pgbell.notification (user_id, kind) select 'ann', 'm' || i from generate_series(1, 1500) i;
select tap.commit();
select seq as seen from pgbell.inbox where address = 'ann' \gset
select pgbell.mark_read(:'ann', :last + 5), pgbell.mark_unread(:'ann', :last + 5);
update pgbell.notification set data = '{"x":2}' where id = :last + 6;
select pgbell.notify('ann', 'unseen');
select tap.commit();
select is(pgbell.mark_all_read(:'ann', :seen) - 'seq', '{"user_id":"ann","unread_count":3,"marked":1499}',
	'what is new, unread again or changed behind its number stays unread');
select is(pg_temp.last_event() -> 'except', (select jsonb_agg(id order by id) from pgbell.notification
	where user_id = 'ann' and (id in (:last + 5, :last + 6) or kind = 'unseen')), 'and the event names these');
select is((select count(*) from regexp_split_to_table(pg_temp.unread(:'ann'), ',')), 3::bigint, 'they are in the list');
select is_empty('select * from pg_temp.is_consistent()', 'all is consistent');
select is(pgbell.settle_read(5000) > 1400, true, 'the rows follow');
select is_empty('select * from pg_temp.is_consistent()', 'all is consistent');

insert into pgbell.notification (user_id, kind) select 'ann', 'o' || i from generate_series(1, 1001) i;
select tap.commit();
select throws_ok(format('select pgbell.mark_all_read(%L, %s)', :'ann', :seen), 'PB409', null,
	'more than an event can name is refused');
select throws_ok(format('select pgbell.mark_all_read(%L, %s)', :'ann', 1000000), 'PB409', null,
	'and a number that was never given');
delete from pgbell.event where address = 'ann';
select throws_ok(format('select pgbell.mark_all_read(%L, %s)', :'ann', :seen), 'PB409', null,
	'and one that is trimmed');
select is(pgbell.mark_all_read(:'ann') ->> 'unread_count', '0', 'all can always be marked');

-- in one transaction with other things -----------------------------------------------------------

insert into pgbell.notification (user_id, kind) select 'cleo', 'c' || i from generate_series(1, 1201) i;
select tap.commit();
select token as cleo from pgbell.create_session('cleo') \gset
select min(id) as first from pgbell.notification where user_id = 'cleo' \gset
select pgbell.mark_read(:'cleo', :first);
delete from pgbell.notification where kind = 'c1201';
select pgbell.notify('cleo', 'own');
select is(pgbell.mark_all_read(:'cleo') - 'seq', '{"user_id":"cleo","unread_count":0,"marked":1200}',
	'what the same transaction has done before is marked, too');
select tap.commit();
select is(pg_temp.unread(:'cleo'), '', 'and stays so');
select is((select count(*) from pgbell.event where address = 'cleo'), 1205::bigint, 'nothing had to be counted anew');
select is_empty('select * from pg_temp.is_consistent()', 'all is consistent');

-- unread again -----------------------------------------------------------------------------------

select is(pgbell.mark_unread(:'cleo', :first) ->> 'unread_count', '1', 'one that had been read by itself becomes unread');
select is(pg_temp.unread(:'cleo'), 'c1', 'it is in the list');
update pgbell.notification set data = '{"x":2}', read_at = null where id in (:first, :first + 1);
select tap.commit();
select is(pg_temp.unread(:'cleo'), 'c2,c1', 'a change that makes one unread does so');
select results_eq($$ select type || ' ' || (data ->> 'read_at' is null) || ' ' || unread_count from pgbell.event
	where address = 'cleo' order by seq desc limit 1 $$, array['notification_changed true 2'], 'and is told as such');
update pgbell.notification set read_at = null where id = :first + 2;
select tap.commit();
select is(pg_temp.unread(:'cleo'), 'c3,c2,c1', 'also without another change');
update pgbell.notification set read_at = null where id = :first + 2;
select tap.commit();
select is((select unread_count from pgbell.inbox where address = 'cleo'), 3, 'once');
update pgbell.notification set data = '{"x":3}' where id = :first + 3;
update pgbell.notification set read_at = null where id = :first + 3;
select tap.commit();
select is((select unread_count from pgbell.inbox where address = 'cleo'), 4, 'and behind another change');
select pgbell.mark_read(:'cleo', :first + 2), pgbell.mark_read(:'cleo', :first + 3);
select is_empty('select * from pg_temp.is_consistent()', 'all is consistent');
select pgbell.mark_read(:'cleo', :first), pgbell.mark_read(:'cleo', :first + 1);
select is(pg_temp.unread(:'cleo'), '', 'both can be marked again');
select is_empty('select * from pg_temp.is_consistent()', 'all is consistent');

-- However many lie between, it is found by whatever looks at the newest ones only.
select token as dora from pgbell.create_session('dora') \gset
insert into pgbell.notification (user_id, kind) select 'dora', 'd' || i from generate_series(1, 2100) i;
select tap.commit();
select min(id) as first from pgbell.notification where user_id = 'dora' \gset
select pgbell.mark_all_read(:'dora'), pgbell.mark_seen(:'dora');
select pgbell.notify('dora', 'new');
select pgbell.mark_unread(:'dora', :first);
update pgbell.notification set data = '{"x":1}', read_at = null where id = :first + 1;
select tap.commit();
select is(pgbell.get_counts(:'dora') -> 'kinds', '{"d1":1,"d2":1,"new":1}', 'it is counted among its kind');
select is(pgbell.get_unread_count(:'dora') ->> 'unseen_count', '2', 'one that has changed is not seen');
select is(jsonb_path_query_array(notifications, '$[*].kind'), '["new","d2","d1"]', 'they are handed out')
from pgbell.claim_unread('-1 s', null, 1, '{dora}');
select is_empty('select * from pg_temp.is_consistent()', 'all is consistent');

select * from finish();
rollback;
