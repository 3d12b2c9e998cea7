-- What is published to topics, who may follow them, and what those are told.

begin;
set local client_min_messages = error;
select no_plan();

create function pg_temp.log(topic text) returns text language sql as $$
	select string_agg(concat_ws(' ', p.seq, p.kind, nullif(p.data, '{}')), ', ' order by p.seq)
	from pgbell.publication p where p.topic = $1;
$$;
create function pg_temp.after(topic text, seq bigint) returns text language sql as $$
	select string_agg(concat_ws(' ', e.seq, e.type, e.data::jsonb ->> 'kind', e.data::jsonb ->> 'reason'), ', ')
	from pgbell.events_after(array[chr(1) || topic], array[$2]) e;
$$;
create function pg_temp.is_consistent() returns setof record language sql as $$
	select address, problem from pgbell.check_consistency();
$$;
select token as ann from pgbell.create_session('ann') \gset

-- publishing -------------------------------------------------------------------------------------

select pgbell.publish('public:one', 'a', '{"n": 1}');
select is(pg_temp.log('public:one'), null, 'nothing is numbered before the commit');
select tap.commit();
select is(pg_temp.log('public:one'), '1 a {"n": 1}', 'one publication');
insert into pgbell.publication (topic, kind, data) values ('public:one', 'b', '{"n": 2}'), ('public:two', 'c', '{}'),
	('public:one', 'd', '{"n": 3}');
select pgbell.publish('public:one', 'e');
select tap.commit();
select is(pg_temp.log('public:one'), '1 a {"n": 1}, 2 b {"n": 2}, 3 d {"n": 3}, 4 e', 'many in one transaction, in their order');
select is(pg_temp.log('public:two'), '1 c', 'each topic has numbers of its own');
select results_eq($$ insert into pgbell.publication (topic, kind) values ('public:ret', 'x'), ('public:ret', 'y')
	returning topic collate "default" || ' ' || kind || ' ' || data || ' ' || (seq is null) $$, array['public:ret x {} true', 'public:ret y {} true'],
	'RETURNING gives back what was published; the number is given at the commit');
select tap.commit();
select is(pg_temp.log('public:ret'), '1 x, 2 y', 'which it is');
insert into pgbell.publication (topic, kind) select 'public:many', 'k' || i from generate_series(1, 700) i order by i;
select tap.commit();
select is((select count(*) filter (where kind = 'k' || seq) from pgbell.publication where topic = 'public:many'), 700::bigint,
	'an insert … select of many keeps their order');
copy pgbell.publication (topic, kind, data) from stdin;
public:copied	a	{"n": 1}
public:copied	b	{}
public:one	c	{}
\.
copy pgbell.publication (kind, topic) from stdin;
d	public:copied
\.
select tap.commit();
select is(pg_temp.log('public:copied'), '1 a {"n": 1}, 2 b, 3 d', 'COPY publishes, too');
insert into pgbell.publication (topic, kind) values ('public:copied', 'e') on conflict do nothing;
select tap.commit();
select is(pg_temp.log('public:copied'), '1 a {"n": 1}, 2 b, 3 d, 4 e', 'and nothing that is published conflicts with anything');
select is_empty('select from pgbell.pending', 'nothing is left noted');
select is_empty($$ select * from pg_temp.is_consistent() as (address text, problem text) $$, 'all is consistent');
select is((select array_agg(distinct unread_count) from pgbell.inbox where address like chr(1) || '%'), '{0}', 'nothing of a topic is unread');

-- in the transaction of anything else -------------------------------------------------------------

savepoint before;
select pgbell.publish('public:undone', 'a');
rollback to before;
select tap.commit();
select is(pg_temp.log('public:undone'), null, 'what a savepoint took back is not told');
select pgbell.publish('public:undone', 'a');
savepoint between;
select pgbell.publish('public:undone', 'b');
rollback to between;
select pgbell.publish('public:undone', 'c');
savepoint kept;
select pgbell.publish('public:undone', 'd');
release kept;
select tap.commit();
select is(pg_temp.log('public:undone'), '1 a, 2 c, 3 d', 'nor is its number');
-- A notification has the id that a publication has among the notes.
select nextval(pg_get_serial_sequence('pgbell.notification', 'id'));
insert into pgbell.notification (id, user_id, kind) overriding system value values (1, 'idler', 'k');
select pgbell.publish('public:id', 'a');
select tap.commit();
update pgbell.inbox set unread_count = 0, read_up_to = 1, read_up_to_at = now(), read_except = '{}' where address = 'idler';
update pgbell.event set unread_count = 0 where address = 'idler';
select seq as idler from pgbell.inbox where address = 'idler' \gset
create function pg_temp.publish_too() returns trigger language plpgsql as $$
begin
	perform pgbell.publish('public:id', 'by a trigger');
	return null;
end;
$$;
create trigger publish_too after update on pgbell.notification for each row execute function pg_temp.publish_too();
select pgbell.settle_read(10);
select tap.commit();
drop trigger publish_too on pgbell.notification;
select is(pg_temp.log('public:id'), '1 a, 2 by a trigger', 'what brings rows up to date takes back its own notes alone');
select is((select seq from pgbell.inbox where address = 'idler'), :idler::bigint, 'and is no event');
select pgbell.notify('ann', 'before');
select pgbell.publish('public:mixed', 'a');
insert into pgbell.notification (user_id, kind) values ('bob', 'k'), ('ann', 'k');
select pgbell.publish('public:mixed', 'b');
select tap.commit();
select is((select string_agg(replace(address, chr(1), '#') || ' ' || seq || ' ' || type || ' ' || unread_count, ', ' order by address, seq)
	from pgbell.event where address in ('ann', 'bob', chr(1) || 'public:mixed')),
	'#public:mixed 1 published 0, #public:mixed 2 published 0, ann 1 new_notification 1, ann 2 new_notification 2, bob 1 new_notification 1',
	'people and topics in one transaction');
select pgbell.publish('public:early', 'a');
select pgbell.number_pending();
select is(pg_temp.log('public:early'), '1 a', 'a function that numbers early numbers this as well');
select pgbell.publish('public:early', 'b');
select tap.commit();
select is(pg_temp.log('public:early'), '1 a, 2 b', 'and what comes behind it is numbered at the commit');
-- what cannot be published ------------------------------------------------------------------------

select throws_ok(format('select pgbell.publish(%L, %L)', t, 'k'), '23514', null, 'no topic: ' || w)
from (values ('', 'empty'), (repeat('x', 129), '129 bytes'), ('a b', 'a space'), ('a;b', 'a semicolon'), ('a=b', 'an equals sign'),
	(E'a\n', 'a line end'), ('é', 'a letter beyond ASCII'), (chr(1) || 'a', 'a control character'), ('a,b', 'a comma')) as t (t, w);
select lives_ok(format('select pgbell.publish(%L, %L)', repeat('x', 128), 'k'), '128 bytes are a topic');
select lives_ok($$ select pgbell.publish('AZaz09._~:/@-', 'k') $$, 'of these characters');
select throws_ok(format('select pgbell.publish(%s)', v), c, null, w)
from (values ('null, $$k$$', '23502', 'no topic at all'), ('$$t$$, null', '23502', 'no kind'), ('$$t$$, $$k$$, null', '23502', 'no data'),
	('$$t$$, $$$$', '23514', 'an empty kind'), ('$$t$$, repeat($$k$$, 65)', '23514', 'a kind of 65 characters'),
	('$$t$$, $$k$$, $$[]$$', '23514', 'data that is no object'),
	('$$t$$, $$k$$, jsonb_build_object($$x$$, repeat($$x$$, 32768))', '23514', 'data that is too large')) as t (v, c, w);
select lives_ok($$ select pgbell.publish('large', 'k', jsonb_build_object('x', repeat('x', 32757))) $$, 'data of 32,768 bytes');
select throws_ok($$ insert into pgbell.publication (topic, kind, seq) values ('t', 'k', 7) $$, '428C9', null, 'a number is not the application''s to choose');
select throws_ok($$ insert into pgbell.publication (topic, kind, created_at) values ('t', 'k', now()) $$, '428C9', null, 'nor is a time');
select throws_ok($$ insert into pgbell.publication (topic, kind) values ('t', 'k') on conflict (topic) do update set kind = 'x' $$, '42P10', null,
	'there is nothing to conflict with');
select throws_ok($$ update pgbell.publication set kind = 'x' $$, '0A000', null, 'what was published cannot be changed');
select throws_ok($$ delete from pgbell.publication $$, '0A000', null, 'or taken back');

-- a role that may only publish --------------------------------------------------------------------

create role pgbell_test_publisher;
grant usage on schema pgbell to pgbell_test_publisher;
create function pg_temp.attempt(statement text) returns text language plpgsql as $$
begin
	perform set_config('role', 'pgbell_test_publisher', true);
	execute statement;
	perform set_config('role', 'none', true);
	return 'done';
exception when others then
	perform set_config('role', 'none', true);
	return sqlstate;
end;
$$;
select is(pg_temp.attempt($$ insert into pgbell.publication (topic, kind) values ('public:role', 'no') $$), '42501', 'who has no right publishes nothing');
select is(pg_temp.attempt($$ select pgbell.publish('public:role', 'no') $$), '42501', 'nor by the function');
grant insert (topic, kind, data) on pgbell.publication to pgbell_test_publisher;
select is(pg_temp.attempt($$ insert into pgbell.publication (topic, kind, data) values ('public:role', 'yes', '{}'), ('public:role', 'again', '{}') $$), 'done',
	'a right to insert three columns is enough');
select is(pg_temp.attempt(s), '42501', 'but for nothing else: ' || s)
from unnest(array['select from pgbell.publication', 'select topic from pgbell.publication', 'delete from pgbell.publication',
	$$ insert into pgbell.publication (topic, kind) values ('t', 'k') returning kind $$, 'select pgbell.publish($$t$$, $$k$$)',
	$$ insert into pgbell.publication (topic, kind, seq) values ('t', 'k', 1) $$, 'select from pgbell.pending', 'select from pgbell.event',
	$$ insert into pgbell.pending (id, address, published) values (1, chr(1) || 't', '{}') $$, 'select pgbell.number_pending()']) s;
select tap.commit();
select is(pg_temp.log('public:role'), '1 yes, 2 again', 'it is told');
revoke insert (topic, kind, data) on pgbell.publication from pgbell_test_publisher;
grant execute on function pgbell.publish to pgbell_test_publisher;
select is(pg_temp.attempt($$ select pgbell.publish('public:role', 'by the function') $$), 'done', 'or a right to call the function');
select is(pg_temp.attempt($$ insert into pgbell.publication (topic, kind) values ('t', 'k') $$), '42501', 'which is none to insert');

-- what a stream reads -----------------------------------------------------------------------------

select results_eq($$ select address, seq, type, data::jsonb - 'created_at', unread_count, prev
	from pgbell.events_after(array[chr(1) || 'public:one', 'ann', chr(1) || 'public:two'], '{3,1,7}') $$,
	$$ values (chr(1) || 'public:one', 4::bigint, 'published', '{"topic":"public:one","seq":4,"kind":"e","data":{}}'::jsonb, 0, 3::bigint),
		(chr(1) || 'public:one', 5, 'published', '{"topic":"public:one","seq":5,"kind":"c","data":{}}', 0, 4),
		('ann', 2, 'new_notification', (select data - 'created_at' || '{"unread_count":2}' from pgbell.event where address = 'ann' and seq = 2), 2, 1),
		(chr(1) || 'public:two', 1, 'reset', '{"topic":"public:two","seq":1,"reason":"unknown"}', 0, null) $$,
	'topics and people in one read; a topic''s events say which it is, and its number');
select is(pg_temp.after('public:one', 4), '5 published c', 'one alone');
select is((select data::jsonb ->> 'created_at' from pgbell.events_after(array[chr(1) || 'public:one'], '{4}')),
	(select pgbell.format_time(created_at) from pgbell.publication where topic = 'public:one' and seq = 5), 'and when');
update pgbell.event set created_at = now() - interval '8 days' where address = chr(1) || 'public:one' and seq <= 2;
select pgbell.trim();
select is(pg_temp.log('public:one'), '3 d {"n": 3}, 4 e, 5 c', 'what is old is trimmed');
select is(pg_temp.after('public:one', 1), '5 reset trimmed', 'and whoever needs it is told');
select is(pg_temp.after('public:one', 2), '3 published d, 4 published e, 5 published c', 'who does not, is not');
select is_empty($$ select * from pg_temp.is_consistent() as (address text, problem text) $$, 'all is consistent');
update pgbell.inbox set era = 0 where address = chr(1) || 'public:two';
select pgbell.publish('public:two', 'in another era');
select tap.commit();
select ok((select seq > 1000000 and prev = 1 from pgbell.event where address = chr(1) || 'public:two' and seq > 1), 'numbers leap as a person''s do');
select is(regexp_replace(pg_temp.after('public:two', 1), '\d+', 'n'), 'n published in another era', 'whoever stands in the log goes on');
select pgbell.publish('public:two', 'one'), pgbell.publish('public:two', 'more');
update pgbell.inbox set era = 0 where address = chr(1) || 'public:two';
select tap.commit();
select is((select count(*) filter (where prev is not null) from pgbell.event where address = chr(1) || 'public:two'), 2::bigint, 'also where several come at once');
delete from pgbell.event where address = chr(1) || 'public:many' and seq = 700;
select results_eq('select * from pgbell.check_consistency()', $$ values (chr(1) || 'public:many', 'seq is 700, but the last event is 699') $$,
	'what is lost is found');
select is((select array_agg(mended || ' ' || seq || ' ' || unread_count) from pgbell.mend()), array[chr(1) || 'public:many 701 0'], 'and mended');
select is(pg_temp.after('public:many', 699), '701 reset trimmed', 'those who follow are told');
select is((select count(*) from pgbell.mend(chr(1) || 'public:two')), 1::bigint, 'one topic is mended');
select throws_ok('select pgbell.mend(chr(1) || $$a b$$)', '23514', null, 'what cannot be an address cannot be mended');
insert into pgbell.pending (txid, id, address, published) values ('7', 1, chr(1) || 'public:lost', '{}');
select is((select problem from pgbell.check_consistency()), 'transaction 7 ended and left publication 1 without a number', 'a note that was left is found');
delete from pgbell.pending;
select is_empty('select * from pgbell.claim_unread(interval $$-1 s$$, people => array[chr(1) || $$public:mixed$$])', 'nothing of a topic is handed out');

-- who may follow ----------------------------------------------------------------------------------

create function pg_temp.follows(token text, topics text) returns text language sql as $$
	select concat_ws(' ', coalesce(o.user_id, '?'), '[' || o.follows || ']')
	from pgbell.open_streams(array[token], array[null], array[null::bigint], array[topics]) o;
$$;
select is(pg_temp.follows(:'ann', null), 'ann', 'a stream that follows nothing');
select is(pg_temp.follows(:'ann', 'public:one secret public:none'), 'ann [5 - 0]', 'public:… may be followed, and nothing else');
select is(pg_temp.follows(null, 'secret public:one'), '? [- 5]', 'by a visitor as well');
select is(pg_temp.follows(null, 'secret'), '?', 'who is let in for something only');
select is(pg_temp.follows('forged', 'secret'), '?', 'as is whoever has a token that is not good');
select is(pg_temp.follows(:'ann', 'secret'), 'ann [-]', 'while a person has her own log');
select is(pg_temp.follows(null, 'public:one=5 public:one=3 public:one=1 public:one=9 public:none=0 public:none=1 public:one=9223372036854775807 public:one=x'),
	'? [5 5 5!trimmed 5!unknown 0 0!unknown 5!unknown 5!unknown]', 'each from its number on, where that can be');
select pgbell.publish('public:leap', 'a');
select tap.commit();
update pgbell.inbox set era = 0 where address = chr(1) || 'public:leap';
select pgbell.publish('public:leap', 'b');
select tap.commit();
select is(pg_temp.follows(null, 'public:leap=1 public:leap'), format('? [%s+%s %s]', seq, seq - 2, seq), 'it says how many numbers were never given')
from pgbell.inbox where address = chr(1) || 'public:leap';
select results_eq($$ select ord, user_id, follows from pgbell.open_streams(array[null, null, null], array[null, null, null], array[null, null, null]::bigint[],
	array['public:one', null, 'secret']) order by 1 $$, $$ values (1, null::text, '5'), (2, null, null), (3, null, null) $$, 'many at once');
select results_eq($$ select * from pgbell.open_streams(array[null], array[null], array[null::bigint]) $$,
	$$ values (1, null::text, null::text, null::timestamptz, false, 0::bigint, 0, null::text) $$, 'programs of an older release ask for no topics');

create or replace function pgbell.may_follow(user_id text, topic text) returns boolean language plpgsql stable as $$
begin
	assert topic <> 'assert';
	if topic = 'no such function' then
		return pg_temp.missing();
	end if;
	return case topic when 'null' then null when 'zero' then 1 / (length(topic) - 4) = 1 else topic = 'team:' || user_id or topic = 'any' end;
end;
$$;
select is(pg_temp.follows(:'ann', 'team:ann team:bob any public:one null zero assert'), 'ann [0 - 0 - - - -]', 'an application says it otherwise; null and an error are a no');
select is(pgbell.lets_follow('{ann}', '{no such function}'), '{f}', 'whatever the error is');
select is(pg_temp.follows(null, 'team:ann any'), '? [- 0]', 'and what a visitor may');
select results_eq($$ select * from pgbell.lost_follows(array['ann', 'ann', 'bob', null, null, 'bob'], array['any', 'team:ann', 'team:ann', 'any', 'team:ann', 'zero']) $$,
	$$ values ('bob', 'team:ann'), (null, 'team:ann'), ('bob', 'zero') $$, 'who may follow no longer');

-- a page without a stream ---------------------------------------------------------------------------

select pgbell.publish('any', 'a', '{"n": 1}'), pgbell.publish('any', 'b');
select tap.commit();
select is(pgbell.list_topic_events(null, 'any'), '{"events":[],"seq":2,"reset":null}', 'where the log is');
select is(jsonb_path_query_array(pgbell.list_topic_events(null, 'any', 0), '$.events[*].data.kind'), '["a", "b"]', 'what is new');
select is(pgbell.list_topic_events(null, 'any', 1, 5) #- '{events,0,data,created_at}',
	'{"events":[{"seq":2,"type":"published","data":{"topic":"any","seq":2,"kind":"b","data":{}}}],"seq":2,"reset":null}', 'as a stream has it');
select is(jsonb_array_length(pgbell.list_topic_events(null, 'any', 0, 1) -> 'events'), 1, 'so many at most');
select is(pgbell.list_topic_events(null, 'any', 3), '{"events":[],"seq":2,"reset":"unknown"}', 'a number beyond the log');
select is(pgbell.list_topic_events(:'ann', 'team:ann', 0), '{"events":[],"seq":0,"reset":null}', 'nothing was published yet');
select throws_ok($$ select pgbell.list_topic_events(null, 'team:ann') $$, 'PB401', null, 'a visitor has to sign in');
select throws_ok($$ select pgbell.list_topic_events('forged', 'team:ann') $$, 'PB401', null, 'and properly');
select throws_ok(format('select pgbell.list_topic_events(%L, %L)', :'ann', 'team:bob'), 'PB403', null, 'others may not');
select throws_ok(format('select pgbell.list_topic_events(null, %L)', t), 'PB422', null, 'no topic') from unnest(array['a b', '', repeat('x', 129)]) t;
select throws_ok('select pgbell.list_topic_events(null, null)', 'PB422', null, 'none at all');

select is_empty($$ select * from pg_temp.is_consistent() as (address text, problem text) $$, 'all is consistent');
select * from finish();
rollback;
