-- Lists of one kind or about one subject, and counts by kind: what they show, and what they cost.

begin;
set local client_min_messages = warning;
select no_plan();

select token as ann from pgbell.create_session('ann') \gset
create function pg_temp.find(token text, kind text, subject text default null, unread boolean default false,
	lim integer default 20, before bigint default null) returns text language sql as $$
	select coalesce(string_agg(n -> 'data' ->> 'n', ',' order by o), '')
	from json_array_elements(pgbell.list_notifications(token, lim, before, unread, kind, subject) -> 'notifications')
		with ordinality t (n, o);
$$;
insert into pgbell.notification (user_id, kind, data, subject) values
	('ann', 'answer', '{"n":1}', 'question/7/answer/1'), ('ann', 'like', '{"n":2}', 'question/7'),
	('ann', 'answer', '{"n":3}', 'question/77'), ('ann', 'like', '{"n":4}', null), ('ann', 'answer', '{"n":5}', 'question/7'),
	('bob', 'answer', '{"n":6}', 'question/7');
select tap.commit();
update pgbell.notification set read_at = now() where data ->> 'n' = '5';
select tap.commit();

select is(pg_temp.find(:'ann', 'answer'), '5,3,1', 'of a kind');
select is(pg_temp.find(:'ann', 'answer', unread => true), '3,1', 'of a kind, unread');
select is(pg_temp.find(:'ann', null, 'question/7'), '5,2,1', 'about a subject and what is under it');
select is(pg_temp.find(:'ann', 'answer', 'question/7'), '5,1', 'both');
select is(pg_temp.find(:'ann', 'none'), '', 'none');
select is(pg_temp.find(:'ann', null), '5,4,3,2,1', 'without either: all');
select is(pg_temp.find(:'ann', 'answer', lim => 2), '5,3', 'a page');
select pgbell.list_notifications(:'ann', 2, null, false, 'answer', null) ->> 'next' as next \gset
select is(pg_temp.find(:'ann', 'answer', lim => 2, before => :next), '1', 'and the next one');
select is(pgbell.list_notifications(:'ann', 2, :next, false, 'answer', null) ->> 'next', null, 'which is the last');
select is(pgbell.get_counts(:'ann'), '{"user_id":"ann","unread_count":4,"seq":6,"kinds":{"answer":2,"like":2},"counted":4}',
	'how many of each are unread');
select pgbell.notify('ann', 'like', '{"n":8}', 'question/8', 'k'), pgbell.notify('ann', 'answer', '{"n":9}', 'question/9', 'l');
select tap.commit();
select pgbell.notify('ann', 'like', '{"n":10}', 'question/8', 'k');
select tap.commit();
select is(pg_temp.find(:'ann', 'like'), '10,4,2', 'one that others were merged with');
select is(pgbell.list_notifications(:'ann', 1, null, true, 'like', null) #>> '{notifications,0,count}', '2', 'says so');

-- A great many: what is rare is found page by page, each at a bounded price -----------------------

insert into pgbell.notification (user_id, kind, data) select 'zoe', 'rare', jsonb_build_object('n', i) from generate_series(1, 2) i;
insert into pgbell.notification (user_id, kind) select 'zoe', 'many' from generate_series(1, 5000);
insert into pgbell.notification (user_id, kind) select 'p' || i % 500, 'rare' from generate_series(1, 20000) i;
select tap.commit();
select token as zoe from pgbell.create_session('zoe') \gset
create function pg_temp.walk(token text) returns text language plpgsql as $$
declare
	place bigint;
	page json;
	all_found text := '';
	pages integer := 0;
begin
	loop
		page := pgbell.list_notifications(token, 20, place, false, 'rare', null);
		all_found := all_found || coalesce((select string_agg(n -> 'data' ->> 'n', ',') from json_array_elements(page -> 'notifications') n), '');
		pages := pages + 1;
		place := (page ->> 'next')::bigint;
		exit when place is null or pages = 100;
	end loop;
	return format('%s in %s pages', all_found, pages);
end;
$$;
select is(pg_temp.walk(:'zoe'), '2,1 in 3 pages', 'what is rare is found, each page at a bounded price');
select is(pgbell.get_counts(:'zoe') -> 'counted', '2000', 'so are counts');
select cmp_ok(tap.blocks(format('select pgbell.%s', call)), '<', 2100::bigint, call)
from unnest(array[
	format('list_notifications(%L, 20, null, false, %L, null)', :'zoe', 'rare'),
	format('list_notifications(%L, 20, null, true, %L, null)', :'zoe', 'rare'),
	format('list_notifications(%L, 20, null, false, null, %L)', :'zoe', 'question/7'),
	format('get_counts(%L)', :'zoe')]) call;
select pgbell.mark_all_read(:'zoe') ->> 'unread_count';
select is(pgbell.get_counts(:'zoe') -> 'kinds', '{}', 'whoever has marked all read has none');
select is(pg_temp.find(:'zoe', 'rare', unread => true), '', 'nor any in the list');

select * from finish();
rollback;
