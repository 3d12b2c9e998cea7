-- What a page costs does not depend on how much there is: the same blocks are fetched at ten times the
-- rows, of the person and of others.  `make plans` does the same with a million and ten millions of
-- rows, and shows the plans.

\set mine `echo ${PLANS_MINE:-50000}`
\set others `echo ${PLANS_OTHERS:-50000}`
\set show `echo ${PLANS_SHOW:-off}`

begin;
set local client_min_messages = warning;
select no_plan();
set local session_replication_role = replica; -- no events of these, which nobody asks for here
-- As if all tables had been emptied: then the planner thinks as well of every index.
update pg_class set reltuples = 0, relpages = 1 where relnamespace = 'pgbell'::regnamespace and relkind in ('r', 'i');

select token as zoe from pgbell.create_session('zoe') \gset
select token as zed from pgbell.create_session('zed') \gset
insert into pgbell.inbox (address, seq, unread_count, era) values ('zed', 1, 1, pgbell.current_era());
insert into pgbell.inbox (address, seq, unread_count, era) values ('zoe', 200, 0, pgbell.current_era());
insert into pgbell.event (address, seq, type, data, unread_count, created_at)
select 'zoe', i, 'notification_read', '{"ids":[1]}', 0, now() from generate_series(1, 200) i;

-- Most are of one kind and read; the unread ones lie deep, but for a few.  Others' lie between.
create function pg_temp.fill(mine integer, others integer) returns void language sql as $$
	insert into pgbell.notification (user_id, kind, subject, data, read_at)
	select 'zoe', case when i % 5000 = 0 then 'rare' else 'common' end, 'question/' || i % 1000 || '/answer/' || i,
		jsonb_build_object('title', 'a title of some length', 'url', '/questions/' || i),
		case when i % 2 = 0 and i < mine - 30 then now() end
	from generate_series(1, mine) i;
	insert into pgbell.notification (user_id, kind, subject, data, read_at)
	select 'p' || i % 50000, 'other', 'question/' || i % 1000, '{"title":"another"}', case when i % 3 > 0 then now() end
	from generate_series(1, others) i;
	insert into pgbell.due (at, task, user_id, notification_id, kind, data, created_at)
	select now() + i * interval '1 s', 'return', case when i % 10 = 0 then 'zoe' else 'p' || i end,
		(select coalesce(max(notification_id), 0) from pgbell.due) + i, 'common', '{}', now()
	from generate_series(1, mine / 10) i;
	insert into pgbell.due (at, task, user_id, kind, data) select now() - interval '1 s', 'deliver', 'p' || i, 'common', '{}' from generate_series(1, 20) i;
	insert into pgbell.session (token_hash, user_id, expires_at)
	select sha256(convert_to(i || ' of ' || mine, 'UTF8')), 'p' || i, now() + interval '1 day' from generate_series(1, others / 10) i;
	update pgbell.inbox set unread_count = (select count(*) from pgbell.notification where user_id = 'zoe' and read_at is null)
	where address = 'zoe';
$$;

-- The blocks that a question fetches, of our tables and their indexes.
create function pg_temp.blocks(question text) returns bigint language plpgsql as $$
declare
	total constant text := 'select sum(pg_stat_get_xact_blocks_fetched(c.oid)) from pg_class c
		where c.relnamespace = ''pgbell''::regnamespace and c.relkind in (''r'', ''i'')';
	before bigint;
	after bigint;
begin
	execute total into before;
	execute question;
	execute total into after;
	return after - before;
end;
$$;

create temporary table question (n serial, text text, small bigint, large bigint);
insert into question (text) values
	('list_notifications(%1$L)'), ('list_notifications(%1$L, 50, %2$s)'), ('list_notifications(%1$L, 50, unread => true)'),
	('list_notifications(%1$L, 50, %2$s, true)'), ('list_notifications(%1$L, 50, null, false, ''common'', null)'),
	('list_notifications(%1$L, 50, %2$s, false, ''common'', null)'), ('list_notifications(%1$L, 50, null, false, ''rare'', null)'),
	('list_notifications(%1$L, 50, %2$s, true, ''none'', null)'), ('list_notifications(%1$L, 50, %2$s, false, null, ''question/7'')'),
	('list_notifications(%1$L, 50, null, true, null, ''question/7'')'), ('get_counts(%1$L)'), ('get_unread_count(%1$L)'),
	('list_snoozed(%1$L, 50)'), ('list_snoozed(%1$L, 50, %3$s)'), ('list_events(%1$L, 150)'),
	-- what changes one thing, or what is somebody else's
	('delete_subject(''question/7/answer/777777'')'), ('mark_all_read(%4$L)'), ('forget_person(''zap'')'),
	('snooze(%1$L, %2$s, ''9998-01-01T00:00:00Z'')'), ('unsnooze(%1$L, %2$s)'), ('mark_read(%1$L, %2$s)'), ('mark_unread(%1$L, %2$s)'),
	('mark_seen(%4$L)'), ('expire_at(%2$s, now() + interval ''1 h'')'), ('expire_at(%2$s, null)'), ('delete_notification(%1$L, %2$s)'),
	('create_ticket(%1$L)'), ('renew_session(%1$L)'), ('end_session(''x'')'), ('revoke_sessions(''zap'')'), ('revoke_sessions(''p1'')'), ('create_session(''zap'')'),
	('get_preferences(%1$L)'), ('notify(''zoe'', ''k'', key => ''k'')'), ('claim_unread(people => ''{zap}'')'), ('run_due(5)');

select pg_temp.fill(:mine / 10, :others / 10);
select id as middle from pgbell.notification where user_id = 'zoe' order by id offset :mine / 20 limit 1 \gset
select notification_id as snoozed from pgbell.due where user_id = 'zoe' order by at limit 1 offset :mine / 2000 \gset
update question set small = pg_temp.blocks('select pgbell.' || format(text, :'zoe', :middle, :snoozed, :'zed'));
select pg_temp.fill(:mine - :mine / 10, :others - :others / 10);
select id as middle from pgbell.notification where user_id = 'zoe' order by id offset :mine / 2 limit 1 \gset
select notification_id as snoozed from pgbell.due where user_id = 'zoe' order by at limit 1 offset :mine / 2000 \gset
update question set large = pg_temp.blocks('select pgbell.' || format(text, :'zoe', :middle, :snoozed, :'zed'));

select diag(format('%s and %s blocks: %s', small, large, format(text, '…', '…', '…', '…'))) from question where :'show' = 'on' order by n;
-- A level more of an index, and rows that lie elsewhere; who is forgotten is looked for among all sessions.
select cmp_ok(large, '<=', small * 3 / 2 + 100, format(text, 'token', 'deep', 'deep', 'token')) from question order by n;
-- At most 2,000 rows are looked at, of an index and the table.
select cmp_ok(max(large), '<', 6500::bigint, 'none is large') from question;
select is((select count(*) from pgbell.due where at <= now()), 30::bigint, 'of what is due as many are done as were asked for');
-- The first page finds what the page behind it was asked for.
select is(json_array_length(pgbell.list_notifications(:'zoe', 50, null, true) -> 'notifications'), 50, 'a full page');
select is(jsonb_array_length(pgbell.list_snoozed(:'zoe', 50, :snoozed) -> 'notifications') > 0, true, 'of what is snoozed, too');

-- What a worker asks for with each list is no call of its own around the one that answers.
create function pg_temp.answers(question text) returns text language plpgsql as $$
declare
	plan json;
begin
	execute format('explain (verbose, costs off, format json) %s', question) into plan;
	return plan #>> '{0,Plan,Output,0}';
end;
$$;
select matches(pg_temp.answers($$select pgbell.list_notifications('sha256:', 20, null, false, $$ || filter || ')'), '^pgbell\.' || function || '\(',
	'the list asked for with ' || filter)
from (values ('null, null', 'list_notifications'), ('''k'', null', 'list_filtered'), ('null, ''s''', 'list_filtered')) f (filter, function);

-- Each is shown as if none had been before, for some of them take away what others ask for.
create function pg_temp.show(question text) returns void language plpgsql as $$
begin
	execute question;
	raise sqlstate 'PB000';
exception when sqlstate 'PB000' then
end;
$$;
select :'show' = 'on' as is_shown \gset
\if :is_shown
	load 'auto_explain';
	set local auto_explain.log_min_duration = 0;
	set local auto_explain.log_analyze = on;
	set local auto_explain.log_buffers = on;
	set local auto_explain.log_timing = off;
	set local auto_explain.log_nested_statements = on;
	set local client_min_messages = log;
	select pg_temp.show('select pgbell.' || format(text, :'zoe', :middle, :snoozed, :'zed')) from question order by n;
\endif

select * from finish();
rollback;
