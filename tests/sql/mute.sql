-- Muting: what a person wants to hear no more of is not kept, whoever inserts it.

begin;
set local client_min_messages = warning;
select no_plan();

select token as ann from pgbell.create_session('ann') \gset
create function pg_temp.has() returns text language sql as $$
	select coalesce(string_agg(concat_ws(' ', kind, subject), ', ' order by id), '') from pgbell.notification where user_id = 'ann';
$$;
create function pg_temp.mutes(answer jsonb) returns text language sql as $$
	select coalesce(string_agg(concat(m ->> 'kind', '@', m ->> 'subject'), ' ' order by o), '')
	from jsonb_array_elements(answer -> 'mutes') with ordinality t (m, o);
$$;

-- off --------------------------------------------------------------------------------------------

drop trigger if exists leave_muted_out on pgbell.notification;
select is(pgbell.get_preferences(:'ann'), '{"user_id":"ann","can_mute":false,"mutes":[],"never_muted":[]}',
	'as it is installed nobody can mute');
select throws_ok(format('select pgbell.set_preferences(%L, %L, null, true)', :'ann', 'answer'), 'PB409', 'Nothing can be muted here.');

-- on ---------------------------------------------------------------------------------------------

select pgbell.allow_mutes('{security,invoice}');
select pgbell.allow_mutes('{security}');
select is(pgbell.get_preferences(:'ann'), '{"user_id":"ann","can_mute":true,"mutes":[],"never_muted":["security"]}',
	'the owner allows it, but for kinds that are too important');

select is(pg_temp.mutes(pgbell.set_preferences(:'ann', 'like', null, true)), 'like@', 'a kind');
select is(pg_temp.mutes(pgbell.set_preferences(:'ann', null, 'question/7', true)), 'like@ @question/7', 'a subject');
select is(pg_temp.mutes(pgbell.set_preferences(:'ann', 'comment', 'question/8', true)), 'comment@question/8 like@ @question/7', 'both');
select is(pg_temp.mutes(pgbell.set_preferences(:'ann', 'comment', 'question/8', true)), 'comment@question/8 like@ @question/7', 'again: nothing new');

select is(pgbell.notify('ann', 'like'), null, 'notify() returns null');
insert into pgbell.notification (user_id, kind, subject) values
	('ann', 'like', 'photo/1'), ('ann', 'answer', 'question/7'), ('ann', 'answer', 'question/7/answer/1'),
	('ann', 'answer', 'question/77'), ('ann', 'comment', 'question/8/comment/1'), ('ann', 'answer', 'question/8'),
	('ann', 'comment', 'question/9'), ('ann', 'answer', null), ('bob', 'like', 'photo/1');
select is(pg_temp.has(), 'answer question/77, answer question/8, comment question/9, answer',
	'what is muted is not kept; what is beside it is');
select is_empty($$ insert into pgbell.notification (user_id, kind) values ('ann', 'like') returning id $$,
	'RETURNING says nothing of it');
select is(pgbell.notify('ann', 'like', '{}', null, 'l'), null, 'nor is one with a key');
copy pgbell.notification (user_id, kind) from stdin;
ann	like
ann	copied
\.
select is(pg_temp.has(), 'answer question/77, answer question/8, comment question/9, answer, copied', 'COPY obeys too');
select isnt(pgbell.notify('ann', 'security', '{}', 'question/7'), null, 'what cannot be muted comes, whatever it is about');
select tap.commit();
select is((pgbell.get_unread_count(:'ann') ->> 'unread_count')::integer, 6, 'and only that is counted');
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

-- One that is in the list already is left alone by another of its key that is muted.
select pgbell.notify('ann', 'vote', '{"n":1}', key => 'v');
select pgbell.mute('ann', 'vote');
select is(pgbell.notify('ann', 'vote', '{"n":2}', key => 'v'), null, 'another of its key is muted');
select is((select data::jsonb from pgbell.notification where key = 'v'), '{"n":1}', 'and changes nothing');

-- taken back -------------------------------------------------------------------------------------

select is(pg_temp.mutes(pgbell.set_preferences(:'ann', 'like', null, false)), 'comment@question/8 vote@ @question/7', 'taken back');
select is(pg_temp.mutes(pgbell.set_preferences(:'ann', 'like', null, false)), 'comment@question/8 vote@ @question/7', 'again: nothing');
select isnt(pgbell.notify('ann', 'like'), null, 'and told again');
select is(pgbell.may_notify('ann', 'answer', subject), may, format('%s: %s', subject, may))
from (values ('question/7', false), ('question/7/x', false), ('question/70', true), (null, true)) t (subject, may);

-- what is refused --------------------------------------------------------------------------------

select is(tap.refusal(format(call, :'ann')), expected, call)
from (values
	('set_preferences(%L, null, null, true)', 'PB422 /kind'),
	('set_preferences(%L, null, null, false)', 'PB422 /kind'),
	('set_preferences(%L, ''security'', null, true)', 'PB422 /kind'),
	('set_preferences(%L, ''security'', ''question/1'', true)', 'PB422 /kind'),
	('set_preferences(%L, repeat(''k'', 65), null, true)', 'PB422 /kind'),
	('set_preferences(%L, ''k'', repeat(''s'', 201), true)', 'PB422 /subject'),
	('set_preferences(%L, null, '''', true)', 'PB422 /subject'),
	('set_preferences(null, ''k'', null, true)', 'PB401')
) t (call, expected);
insert into pgbell.mute (user_id, kind) select 'ann', 'k' || i from generate_series(1, 1000 - 3) i;
select is(tap.refusal(format('set_preferences(%L, ''one more'', null, true)', :'ann')), 'PB422 /muted', 'a thousand and one');
select is(tap.refusal(format('set_preferences(%L, ''like'', null, false)', :'ann')), 'none', 'but one can be taken back');
select throws_ok($$ select pgbell.allow_mutes('{""}') $$, '23514', null, 'what is no kind');

-- Where all tables are published: PostgreSQL then deletes from no table of which it cannot say which row that was.
set local client_min_messages = error;
create publication everything for all tables;
select lives_ok($$ select pgbell.mute('ann', 'k1', is_muted => false) $$, 'a mute is taken back where logical replication publishes all tables');
select is_empty($$ select c.oid::regclass from pg_class c
	where c.relnamespace in ('pgbell'::regnamespace, 'qa'::regnamespace) and c.relkind = 'r' and c.relreplident = 'd'
		and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary) $$, 'and so is all that is deleted');

select * from finish();
rollback;
