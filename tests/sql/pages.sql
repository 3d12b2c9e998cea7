-- What a page of a list reads is what it shows, however many rows others have, and whatever
-- statistics say: these tables were never analyzed.

begin;
select no_plan();

select token as ann from pgbell.create_session('ann') \gset
insert into pgbell.notification (user_id, kind) select 'ann', 'early' from generate_series(1, 60);
insert into pgbell.notification (user_id, kind) select 'p' || i % 1000, 'other' from generate_series(1, 60000) i;
insert into pgbell.notification (user_id, kind, read_at) select 'zoe', 'many', now() from generate_series(1, 20000);
insert into pgbell.notification (user_id, kind) select 'zoe', 'few' from generate_series(1, 3);
insert into pgbell.notification (user_id, kind, read_at) select 'zoe', 'many', now() from generate_series(1, 20000);
select token as zoe from pgbell.create_session('zoe') \gset
set constraints all immediate;
select id as middle from pgbell.notification where user_id = 'zoe' order by id offset 15000 limit 1 \gset

select cmp_ok(tap.blocks(format('select pgbell.%s', call)), '<', 150::bigint, call)
from unnest(array[
	format('list_notifications(%L)', :'ann'), format('list_notifications(%L, unread => true)', :'ann'),
	format('list_notifications(%L, before => 30)', :'ann'), format('list_notifications(%L)', :'zoe'),
	format('list_notifications(%L, unread => true)', :'zoe'),
	format('list_notifications(%L, before => %s)', :'zoe', :middle),
	format('list_notifications(%L, before => %s, unread => true)', :'zoe', :middle)]) call;
insert into pgbell.notification (user_id, kind) select 'eve', 'many' from generate_series(1, 20000);
set constraints all immediate;
set constraints all deferred;
select token as eve from pgbell.create_session('eve') \gset
select pgbell.mark_all_read(:'eve') ->> 'unread_count';
select cmp_ok(tap.blocks(format('select pgbell.list_notifications(%L, unread => true)', :'eve')), '<', 150::bigint,
	'the unread ones of a person who has just marked very many read');

select is(json_array_length(pgbell.list_notifications(:'ann', 100) -> 'notifications'), 60, 'the early one sees hers');
select is(json_array_length(pgbell.list_notifications(:'zoe', 100, unread => true) -> 'notifications'), 3, 'the unread ones');

-- Pages of large ones -----------------------------------------------------------------------------

create function pg_temp.walk(call text, field text default 'notifications', number text default 'id') returns table (page integer, bytes integer, ids text, next text) language plpgsql as $$
declare
	answer jsonb;
begin
	page := 0;
	loop
		execute format('select pgbell.' || call, coalesce(next, 'null')) into answer;
		page := page + 1;
		bytes := octet_length(answer::text);
		ids := (select string_agg(n ->> number, ' ' order by ord) from jsonb_array_elements(answer -> field) with ordinality o (n, ord));
		next := case field when 'events' then nullif(answer #>> '{events,-1,seq}', answer ->> 'seq') else answer ->> 'next' end;
		return next;
		exit when next is null or page > 300;
	end loop;
end;
$$;
insert into pgbell.notification (user_id, kind, subject, data)
select 'lars', 'large', 's/' || i % 2, jsonb_build_object('text', repeat('x', case when i % 3 = 0 then 10 else 32000 end)) from generate_series(1, 150) i;
insert into pgbell.notification (user_id, kind, subject, data) -- whose names are those of a row of a list
select 'tina', 'tiny', 's/' || i % 2, '{"place": 1, "id": 2, "next": 3}' from generate_series(1, 230) i;
set constraints all immediate;
set constraints all deferred;
select token as lars from pgbell.create_session('lars') \gset
select token as tina from pgbell.create_session('tina') \gset
select is((select string_agg(w.ids, ' ' order by w.page) from pg_temp.walk(c.call) w), (select string_agg(n.id::text, ' ' order by n.id desc)
	from pgbell.notification n where n.user_id = c.person and n.subject like c.subject), c.call || ': each once, in order')
from (select 'lars' as person, '%' as subject, format('list_notifications(%L, 100, %%s)', :'lars') as call
	union all select 'lars', '%', format('list_notifications(%L, 100, %%s, true)', :'lars')
	union all select 'lars', 's/1', format('list_notifications(%L, 100, %%s, false, ''large'', ''s/1'')', :'lars')
	union all select 'lars', 's/1', format('list_notifications(%L, 33, %%s, true, null, ''s/1'')', :'lars')
	union all select 'tina', '%', format('list_notifications(%L, %s, %%s)', :'tina', lim) from unnest('{1,19,20,21,40,41,99,100}'::integer[]) lim
	union all select 'tina', 's/0', format('list_notifications(%L, %s, %%s, false, null, ''s/0'')', :'tina', lim) from unnest('{1,20,21,100}'::integer[]) lim) c;
select cmp_ok((select max(bytes) from pg_temp.walk(format('list_notifications(%L, 100, %%s)', :'lars'))), '<', 900000, 'a page of large ones ends early');
select cmp_ok((select max(bytes) from pg_temp.walk(format('list_notifications(%L, 100, %%s, false, ''large'', null)', :'lars'))), '<', 900000, 'also of those of a kind');
select is((select count(*) from pg_temp.walk(format('list_notifications(%L, 100, %%s)', :'tina'))), 3::bigint, 'one of small ones does not');
select cmp_ok((select max(bytes) from pg_temp.walk(format('list_events(%L, coalesce(%%s, 0), 500)', :'lars'), 'events', 'seq')), '<', 400000, 'nor does the log give more at once');
select is((select string_agg(w.ids, ' ' order by w.page) from pg_temp.walk(format('list_events(%L, coalesce(%%s, 0), 500)', :'lars'), 'events', 'seq') w),
	(select string_agg(i::text, ' ' order by i) from generate_series(1, 150) i), 'which is read on from the last one');
select pgbell.snooze(:'lars', n.id, '9000-01-01T00:00:00Z') from pgbell.notification n where n.user_id = 'lars' and n.id % 2 = 0;
select is((select string_agg(w.ids, ' ' order by w.page) from pg_temp.walk(format('list_snoozed(%L, 100, %%s)', :'lars')) w), (select string_agg(d.notification_id::text, ' ' order by d.at, d.id)
	from pgbell.due d where d.user_id = 'lars'), 'what is snoozed: each once, in order');
select cmp_ok((select max(bytes) from pg_temp.walk(format('list_snoozed(%L, 100, %%s)', :'lars'))), '<', 900000, 'and a page of it ends early');

select * from finish();
rollback;
