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

-- The blocks of the table and its indexes that a query fetches.
create function pg_temp.blocks(query text) returns bigint language plpgsql as $$
declare
	before bigint;
	total constant text := 'select sum(pg_stat_get_xact_blocks_fetched(c)) from (select indexrelid c from pg_index
		where indrelid = ''pgbell.notification''::regclass union select ''pgbell.notification''::regclass) t';
	after bigint;
begin
	execute total into before;
	execute query;
	execute total into after;
	return after - before;
end;
$$;
select cmp_ok(pg_temp.blocks(format('select pgbell.%s', call)), '<', 150::bigint, call)
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
select cmp_ok(pg_temp.blocks(format('select pgbell.list_notifications(%L, unread => true)', :'eve')), '<', 150::bigint,
	'the unread ones of a person who has just marked very many read');

select is(json_array_length(pgbell.list_notifications(:'ann', 100) -> 'notifications'), 60, 'the early one sees hers');
select is(json_array_length(pgbell.list_notifications(:'zoe', 100, unread => true) -> 'notifications'), 3, 'the unread ones');

select * from finish();
rollback;
