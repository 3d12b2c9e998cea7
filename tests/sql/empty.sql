-- What a connection plans while its tables are empty, and says so to itself for as long as it lives,
-- is as good when a person has thousands: a row is looked up by its id, not among all of its person's.

begin;
select no_plan();

-- Emptied, and not yet vacuumed: then one index of a table is as good as another to the planner, or better.
insert into pgbell.notification (user_id, kind) select 'ann', 'early' from generate_series(1, 20000);
set constraints all immediate;
delete from pgbell.notification;
delete from pgbell.event;
delete from pgbell.inbox;
analyze pgbell.notification, pgbell.inbox, pgbell.event;

-- The rows that a query fetches by whatever index, or scans.
create function pg_temp.rows(query text) returns bigint language plpgsql as $$
declare
	before bigint;
	total constant text := 'select pg_stat_get_xact_tuples_fetched(t) + pg_stat_get_xact_tuples_returned(t)
		from (select ''pgbell.notification''::regclass t) t';
	after bigint;
begin
	execute total into before;
	execute query;
	execute total into after;
	return after - before;
end;
$$;

select token as ann from pgbell.create_session('ann') \gset
select cmp_ok(pg_temp.rows($$insert into pgbell.notification (user_id, kind) select 'ann', 'many' from generate_series(1, 3000)$$),
	'<', 15000::bigint, 'three thousand are numbered');
select id as middle from pgbell.notification where user_id = 'ann' order by id offset 1500 limit 1 \gset
select cmp_ok(pg_temp.rows(format('select pgbell.%s(%L, %s)', call, :'ann', :middle)), '<', 50::bigint, call)
from unnest(array['mark_read', 'mark_unread', 'delete_notification']) call;

select * from finish();
rollback;
