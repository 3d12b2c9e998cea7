-- What everybody is told by one row.

begin;
set local client_min_messages = error;
select no_plan();

select token as ann from pgbell.create_session('ann') \gset
select token as bob from pgbell.create_session('bob') \gset
select token as zoe from pgbell.create_session('zoe') \gset
create function pg_temp.shows(token text) returns text language sql as $$
	select l ->> 'unread_count' || coalesce(': ' || string_agg(n ->> 'kind', ' '), '')
	from pgbell.list_notifications(token) l
	left join lateral json_array_elements(l -> 'notifications') n on true
	group by l ->> 'unread_count';
$$;
create function pg_temp.run_due() returns bigint language plpgsql as $$
declare
	due_in bigint := pgbell.run_due(2);
begin
	perform tap.commit();
	return due_in;
end;
$$;

select pgbell.notify('ann', 'own');
select tap.commit();
select is(pg_temp.shows(:'ann'), '1: own', 'nothing was announced');
select is(pgbell.newest_announcement(), null, 'nothing');
select is(pgbell.has_announcements(), false, 'so nobody looks for it');
select pgbell.announce('news', '{"title": "Friday"}', now() + interval '1 day', 'site/news') as news \gset
select is((select count(*) from pgbell.notification), 1::bigint, 'one row, and not one a person');
select is(pg_temp.shows(:'ann'), '2: news own', 'who comes has it, in list and count');
select is(pg_temp.shows(:'ann'), '2: news own', 'once');
select is((pgbell.get_unread_count(:'bob') ->> 'unread_count')::integer, 1, 'also who asks for the count');
select is(pgbell.list_events(:'zoe', 0) #>> '{events,0,data,kind}', 'news', 'or for events, where it is the first');
select token as sue from pgbell.create_session('sue') \gset
select is(pgbell.get_counts(:'sue') -> 'kinds' ->> 'news', '1', 'or for counts');
select token as tom from pgbell.create_session('tom') \gset
select is(json_array_length(pgbell.list_notifications(:'tom', 20, null, false, 'news', null) -> 'notifications'), 1, 'or for some');
select is((select data - 'id' - 'created_at' from pgbell.event where address = 'zoe'),
	'{"kind": "news", "data": {"title": "Friday"}, "read_at": null, "subject": "site/news"}'::jsonb, 'told as any other');
select is(created_at::timestamptz, now(), 'as old as the announcement') from pgbell.notification where user_id = 'zoe';

-- a state of its own -------------------------------------------------------------------------------

select id as of_ann from pgbell.notification where user_id = 'ann' and kind = 'news' \gset
select pgbell.mark_read(:'ann', :of_ann);
select is(pg_temp.shows(:'ann'), '1: news own', 'read by one');
select is(pg_temp.shows(:'bob'), '1: news', 'and not by another');
select pgbell.delete_notification(:'ann', :of_ann);
select is(pg_temp.shows(:'ann'), '1: own', 'deleted by one it does not come back');
select pgbell.announce('more'), pgbell.announce('most');
select is(pg_temp.shows(:'bob'), '3: most more news', 'several, in their order');
select token as new from pgbell.create_session('new') \gset
select is(pg_temp.shows(:'new'), '3: most more news', 'who signs up later has all');

-- mutes ------------------------------------------------------------------------------------------

select pgbell.allow_mutes('{security}');
select pgbell.mute('ann', 'ads'), pgbell.mute('ann', null, 'site'), pgbell.mute('ann', 'security', 'x', false);
select pgbell.announce('ads'), pgbell.announce('security', subject => 'site/login'), pgbell.announce('b', subject => 'site/b');
select is(pg_temp.shows(:'ann'), '4: security most more own', 'what she has muted she does not get, but what cannot be muted');
select is((pgbell.take_announcements('{ann,ann,bob,null,other}')).taken, 2, 'those who have not had it');
select is((pgbell.take_announcements('{ann,ann,bob,null,other}')).taken, 0, 'once');
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

-- the end ----------------------------------------------------------------------------------------

select is(pgbell.withdraw(:news), true, 'withdrawn');
select is(pgbell.withdraw(:news), false, 'once');
select is(pgbell.withdraw(9999), false, 'or there was none');
select token as late from pgbell.create_session('late') \gset
select is(pg_temp.shows(:'late'), '5: b security ads most more', 'nobody gets it any more');
select is(pg_temp.shows(:'zoe') ~ 'news', true, 'who has it keeps it for a moment');
select is(pg_temp.run_due(), 0::bigint, 'it goes in steps');
select is((select count(*) from pgbell.announced where announcement_id = :news), 5::bigint, 'two at a time');
select is(pg_temp.run_due(), 0::bigint, 'and so on'), pg_temp.run_due();
select is(pg_temp.run_due(), 0::bigint, 'to the end');
select is_empty($$ select from pgbell.notification where kind = 'news' $$, 'it is gone from all lists');
select is_empty(format('select from pgbell.announcement where id = %s union all select from pgbell.announced where announcement_id = %s', :news, :news),
	'and leaves nothing');
select is(pg_temp.run_due(), null, 'nothing more is due');
select is(type, 'notification_deleted', 'it is told') from pgbell.event where address = 'bob' and data ->> 'id' not in (select id::text from pgbell.notification) order by seq desc limit 1;
select is(pg_temp.shows(:'bob'), '5: b security ads most more', 'the count too');

-- Snoozed meanwhile it does not come back.
select pgbell.announce('short', expires_at => now() + interval '1 hour') as short \gset
select is(pg_temp.shows(:'bob'), '6: short b security ads most more', 'one that expires');
select is(pg_temp.run_due() between 3500000 and 3600000, true, 'when that is');
select pgbell.snooze(:'bob', id, '9999-01-01T00:00:00Z') from pgbell.notification where user_id = 'bob' and kind = 'short';
update pgbell.announcement set expires_at = now() - interval '1 s' where id = :short;
select pg_temp.run_due(), pg_temp.run_due();
select is_empty('select from pgbell.due', 'one that was snoozed does not come back');
select pgbell.delete_subject('site');
select pg_temp.run_due(), pg_temp.run_due(), pg_temp.run_due(), pg_temp.run_due(), pg_temp.run_due();
select is(pg_temp.shows(:'bob'), '3: ads most more', 'what was announced about a thing that is gone');

-- others in the way ------------------------------------------------------------------------------

create function pg_temp.refuse() returns trigger language plpgsql as $$ begin raise 'not for her'; end $$;
create trigger refuse before insert on pgbell.notification for each row when (new.user_id = 'ann') execute function pg_temp.refuse();
select pgbell.announce('last');
select is(pg_temp.shows(:'ann') ~ 'last', false, 'where a trigger of the application''s refuses it the list is as it was');
select is(pgbell.take_announcements('{ann,bob,new}')::text, '(2,0)', 'and others have it');
drop trigger refuse on pgbell.notification;
create constraint trigger refuse_late after insert on pgbell.notification deferrable initially deferred
for each row when (new.user_id = 'ann') execute function pg_temp.refuse();
select is(pg_temp.shows(:'ann') ~ 'last', false, 'nor where one refuses it at the commit');
select lives_ok('set constraints all immediate', 'nothing is left to be refused');
drop trigger refuse_late on pgbell.notification;
set constraints all deferred;
select matches(pg_temp.shows(:'ann'), ': last', 'she has it once that is mended');

-- Whatever the trigger calls its error.
create function pg_temp.refuse_as() returns trigger language plpgsql as $$
begin
	if tg_argv[0] = 'P0004' then
		assert false, 'not for her';
	end if;
	raise 'not for her' using errcode = tg_argv[0];
end;
$$;
select pgbell.announce('very last');
select format('create trigger refuse before insert on pgbell.notification for each row when (new.user_id = ''ann'') execute function pg_temp.refuse_as(%L)', state),
	format('select is(pg_temp.shows(%L) ~ ''last'', true, %L)', :'ann', 'a list is what it was, whatever is raised: ' || state),
	'select pgbell.take_announcements(''{ann,bob}'')',
	'drop trigger refuse on pgbell.notification'
from unnest(array['UE001', '42P01', '21000', '0A000', '38000', 'P0004']) state \gexec
select is(pg_temp.shows(:'bob') ~ 'very last', true, 'and others have it');
create trigger refuse before delete on pgbell.notification for each row when (old.user_id = 'bob' and old.kind = 'very last')
execute function pg_temp.refuse_as('42P01');
select pgbell.withdraw(id) from pgbell.announcement where kind in ('last', 'very last');
select pg_temp.run_due(), pg_temp.run_due(), pg_temp.run_due(), pg_temp.run_due(), pg_temp.run_due(), pg_temp.run_due();
select is_empty($$ select from pgbell.announcement where kind in ('last', 'very last') $$, 'one whose row may not go keeps no announcement');
select is((select string_agg(user_id, ' ') from pgbell.notification where kind = 'very last'), 'bob', 'nor anybody else''s row');
drop trigger refuse on pgbell.notification;
update pgbell.due set at = now() - interval '1 s' where task = 'expire';
select pg_temp.run_due();
select is_empty($$ select from pgbell.notification where kind = 'very last' $$, 'and it goes when that is mended');

-- refusals ---------------------------------------------------------------------------------------

create function pg_temp.refusal(call text) returns text language plpgsql as $$
declare
	hint text;
begin
	execute 'select pgbell.' || call;
	return 'none';
exception when others then
	get stacked diagnostics hint = pg_exception_hint;
	return concat_ws(' ', sqlstate, sqlerrm, nullif(hint, ''));
end;
$$;
select matches(pg_temp.refusal(call), wanted, call) from (values
	('announce('''')', '23514 .*a kind has 1 to 64 characters'),
	('announce(null)', '23502 '),
	('announce(''k'', ''[]'')', '23514 .*data is a JSON object'),
	('announce(''k'', subject => repeat(''s'', 201))', '23514 .*a subject has 1 to 200 characters'),
	('announce(''k'', expires_at => ''infinity'')', '23514 .*a time is one of the years 1 to 9999'),
	('announce(''k'', expires_at => now() - interval ''1 s'')', '22023 expires_at is a time that is over An announcement is')) c (call, wanted);
create role pgbell_test_stranger;
grant usage on schema tap to pgbell_test_stranger;
set local role pgbell_test_stranger;
select matches(pg_temp.refusal('announce(''k'')'), '^42501', 'a role without the right');
reset role;
grant usage on schema pgbell to pgbell_test_stranger;
set local role pgbell_test_stranger;
select matches(pg_temp.refusal('announce(''k'')'), '^42501', 'nor with the schema alone');
select matches(pg_temp.refusal('withdraw(1)'), '^42501', 'nor may it withdraw');
reset role;
grant execute on function pgbell.announce to pgbell_test_stranger;
set local role pgbell_test_stranger;
select is(pg_temp.refusal('announce(''k'')'), 'none', 'with that of the function it may');
reset role;

-- What came with data that was restored.
create or replace function pgbell.has_announcements() returns boolean language sql immutable parallel safe return false;
select token as behind from pgbell.create_session('behind') \gset
select is(pg_temp.shows(:'behind'), '0', 'announcements that nobody looks for');
select pgbell.run_due();
select matches(pg_temp.shows(:'behind'), ' most ', 'are found when what is due is done');

-- what was lost -------------------------------------------------------------------------------------

select setval('pgbell.announcement_id_seq', 1), pgbell.take_announcements('{zoe}');
delete from pgbell.announcement where kind = 'more';
select is(count(*) filter (where problem ~ 'up to \d+, but the next one will be less') > 0
	and count(*) filter (where problem ~ 'is of announcement \d+, which is gone') > 0, true, 'ids that would be given again, and an announcement that is gone')
from pgbell.check_consistency();
select pgbell.mend();
select is_empty('select * from pgbell.check_consistency()', 'are mended');
select pgbell.announce('after all');
select matches(pg_temp.shows(:'zoe'), ': after all', 'and the next is had by all');

-- what takes its time --------------------------------------------------------------------------------

create function pg_temp.dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(0.01); return new; end $$;
create trigger dawdle before insert on pgbell.notification for each row when (new.kind = 'at last') execute function pg_temp.dawdle();
select pgbell.announce('at last');
select array_agg('slow' || i) as slow from generate_series(1, 100) i \gset
select is(taken between 8 and 92 and taken + busy = 100, true, 'where a trigger takes its time some have it at once')
from pgbell.take_announcements(:'slow');
drop trigger dawdle on pgbell.notification;
select sum(t.taken) from generate_series(1, 100) i, lateral pgbell.take_announcements(case when i > 0 then :'slow'::text[] end) t;
select is((select count(distinct user_id) from pgbell.notification where kind = 'at last' and user_id ~ '^slow'), 100::bigint, 'and the others later');
select is((select max(n) from (select count(*) as n from pgbell.notification where kind = 'at last' group by user_id) c), 1::bigint, 'once');

-- forgotten --------------------------------------------------------------------------------------

select pgbell.forget_person('bob');
select is_empty($$ select from pgbell.announced where user_id = 'bob' $$, 'a person who is forgotten');
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

select * from finish();
rollback;
