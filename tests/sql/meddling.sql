-- Triggers, foreign keys and functions of the application's that have a say in notifications: whatever they do
-- to a row, counts are right and what was committed is told; and what they refuse for one holds up nobody.

begin;
set local client_min_messages = error;
select no_plan();

create function pg_temp.log(person text) returns setof text language sql as $$
	select concat_ws(' ', replace(e.type, 'notification', 'n'), e.data ->> 'kind', e.data ->> 'data',
		case when e.data ->> 'read_at' is not null then 'read' end, e.unread_count)
	from pgbell.event e
	where e.address = person
	order by e.seq;
$$;
create function pg_temp.count(person text) returns integer language sql as $$
	select unread_count from pgbell.inbox where address = person;
$$;

-- constraints that were made immediate before -------------------------------------------------------

create trigger a after insert on pgbell.notification for each row execute function tap.meddle();
set constraints all immediate;
insert into pgbell.notification (user_id, kind) values ('app', 'plain'), ('app', 'unwanted');
insert into pgbell.notification (user_id, kind) values ('app', 'enriched'), ('app', 'seen'), ('app', 'told on');
insert into pgbell.notification (user_id, kind) values ('lone', 'unwanted');
insert into pgbell.notification (user_id, kind, data) values ('big', 'seen', jsonb_build_object('text', repeat('x', 3000)));
select tap.commit();
select results_eq($$ select pg_temp.log('app') $$, array['new_n plain {} 1', 'new_n enriched {"more": 1} 2',
	'new_n seen {} read 2', 'new_n told on {} 3'], 'with constraints immediate a trigger that changes, marks or deletes what is inserted spoils nothing');
select is(pg_temp.count('lone'), null, 'nor does one that deletes a person''s first');
select is(pg_temp.count('boss'), 1, 'and what it tells somebody else is told');
select is(pg_temp.count('big'), 0, 'nor one that marks what is large');
set constraints all immediate;
insert into pgbell.notification (user_id, kind) values ('app', 'plain');
set constraints all immediate;
select is(pg_temp.count('app'), 4, 'constraints that are made immediate anew number at once');
set constraints all deferred;
drop trigger a on pgbell.notification;
set constraints all immediate;
insert into pgbell.notification (user_id, kind) values ('app', 'plain');
select is(pg_temp.count('app'), 5, 'without a trigger of the application''s each statement is numbered at its end');
set constraints all deferred;
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

-- one that changes the row while it is marked -------------------------------------------------------

create function pg_temp.stamp() returns trigger language plpgsql as $$
begin
	new.data := new.data || '{"stamped":1}';
	return new;
end;
$$;
create trigger stamp before update on pgbell.notification for each row when (old.kind = 'stamped') execute function pg_temp.stamp();
select token from pgbell.create_session('sam') \gset
insert into pgbell.notification (user_id, kind) values ('sam', 'stamped') returning id \gset
select tap.commit();
select is((pgbell.mark_read(:'token', :id) ->> 'unread_count')::integer, 0, 'a mark that a trigger changes data with is one');
select tap.commit();
select results_eq($$ select pg_temp.log('sam') offset 1 $$, array['n_read 0', 'n_changed stamped {"stamped": 1} read 0'],
	'and the change is told');
update pgbell.inbox set era = 0 where address = 'sam'; -- where a mark is not of the short way
update pgbell.notification set data = '{}' where id = :id;
select tap.commit();
update pgbell.inbox set era = 0 where address = 'sam';
select is((pgbell.mark_unread(:'token', :id) ->> 'unread_count')::integer, 1, 'also where an era begins');
select tap.commit();
select is(pg_temp.count('sam'), 1, 'it is counted once');
drop trigger stamp on pgbell.notification;

create function pg_temp.throw_away() returns trigger language plpgsql as $$
begin
	delete from pgbell.notification where id = new.id;
	return null;
end;
$$;
create trigger throw_away after update on pgbell.notification for each row when (new.read_at is not null and new.kind = 'once')
execute function pg_temp.throw_away();
insert into pgbell.notification (user_id, kind) values ('sam', 'once') returning id \gset
select tap.commit();
select is((pgbell.mark_read(:'token', :id) ->> 'unread_count')::integer, 1, 'one that deletes what is read, while it is marked');
select tap.commit();
select is((select string_agg(l, ', ') from (select pg_temp.log('sam') l offset 5) t), 'n_read 1, n_deleted 1', 'both are told');
insert into pgbell.notification (user_id, kind) values ('sam', 'once') returning id \gset
select tap.commit();
update pgbell.inbox set era = 0 where address = 'sam';
select lives_ok(format('select pgbell.mark_read(%L, %s)', :'token', :id), 'also where an era begins');
select tap.commit();
select is(pg_temp.count('sam'), 1, 'it is counted once');
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

-- one that comes before all others by its name --------------------------------------------------------

create function pg_temp.clean_up() returns trigger language plpgsql as $$
begin
	delete from pgbell.notification where user_id = new.user_id and read_at is not null;
	return null;
end;
$$;
create trigger "A" after update on pgbell.notification for each row when (new.read_at is not null) execute function pg_temp.clean_up();
select token as tim from pgbell.create_session('tim') \gset
insert into pgbell.notification (user_id, kind) select 'tim', 'k' from generate_series(1, 9);
select tap.commit();
update pgbell.notification set read_at = now() where id = (select min(id) from pgbell.notification where user_id = 'tim');
select tap.commit();
select is(pg_temp.count('tim'), 8, 'what is deleted because it was read counts no more');
update pgbell.notification set read_at = now() where id in (select id from pgbell.notification where user_id = 'tim' order by id limit 3);
select tap.commit();
select is(pg_temp.count('tim'), 5, 'also where the first of a statement deletes those behind it');
select is((pgbell.mark_read(:'tim', (select min(id) from pgbell.notification where user_id = 'tim')) ->> 'unread_count')::integer, 4, 'or it is marked');
update pgbell.notification set read_at = null where user_id = 'tim';
select is((pgbell.mark_all_read(:'tim') ->> 'unread_count')::integer, 0, 'or all are');
select tap.commit();
select is((select count(*) from pgbell.event where address = 'tim' and type = 'notification_deleted'), 9::bigint, 'each is told once as deleted');
drop trigger "A" on pgbell.notification;

create function pg_temp.stamp_again() returns trigger language plpgsql as $$
begin
	update pgbell.notification set data = data || '{"again":1}' where user_id = new.user_id and not data ? 'again';
	return null;
end;
$$;
create trigger "A" after update on pgbell.notification for each row when (pg_trigger_depth() < 1) execute function pg_temp.stamp_again();
insert into pgbell.notification (user_id, kind) values ('uma', 'k');
select tap.commit();
update pgbell.notification set read_at = now() where user_id = 'uma';
select tap.commit();
select is(pg_temp.count('uma'), 0, 'what it changes of a row that was just marked is not taken for how that was before');
select results_eq($$ select pg_temp.log('uma') offset 1 $$, array['n_changed k {"again": 1} read 0'], 'and is told with the mark');
drop trigger "A" on pgbell.notification;
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

-- another in its place, by one statement ------------------------------------------------------------

create function pg_temp.replace(person text) returns void language sql as $$
	with gone as (delete from pgbell.notification where user_id = person returning *)
	insert into pgbell.notification (id, user_id, kind) overriding system value select id, user_id, 'another' from gone;
$$;
insert into pgbell.notification (user_id, kind) values ('val', 'k');
select tap.commit();
update pgbell.notification set data = '{"v":1}' where user_id = 'val';
select pg_temp.replace('val');
select tap.commit();
select results_eq($$ select pg_temp.log('val') offset 1 $$, array['n_changed another {} 1'], 'one that is changed, then replaced under its id, has changed');
select pg_temp.replace('val'), pg_temp.replace('val');
select tap.commit();
set constraints all immediate;
select pg_temp.replace('val');
select tap.commit();
set constraints all deferred;
select results_eq($$ select pg_temp.log('val') offset 2 $$, array['n_changed another {} 1', 'n_changed another {} 1'], 'also twice, and where constraints are immediate');
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

-- what it gives to another person -------------------------------------------------------------------

create function pg_temp.give_away() returns trigger language plpgsql as $$
begin
	new.user_id := 'thief';
	return new;
end;
$$;
create trigger give_away before update on pgbell.notification for each row when (old.kind = 'given') execute function pg_temp.give_away();
insert into pgbell.notification (user_id, kind) values ('sam', 'given') returning id \gset
select throws_ok('update pgbell.notification set read_at = now() where kind = ''given''', '0A000',
	'a trigger has changed the id or user_id of a notification', 'a trigger gives nobody what is another''s');
select throws_ok(format('select pgbell.mark_read(%L, %s)', :'token', :id), '0A000', null, 'nor while it is marked');
drop trigger give_away on pgbell.notification;

create function pg_temp.put_back() returns trigger language plpgsql as $$
begin
	insert into pgbell.notification (id, user_id, kind) overriding system value values (old.id, old.user_id, old.kind);
	return null;
end;
$$;
create trigger put_back after delete on pgbell.notification for each row when (old.kind = 'kept') execute function pg_temp.put_back();
insert into pgbell.notification (user_id, kind) values ('kay', 'kept');
select tap.commit();
delete from pgbell.notification where kind = 'kept';
select tap.commit();
select is(pg_temp.count('kay'), 1, 'what a trigger puts back under its id counts once');
drop trigger put_back on pgbell.notification;
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

create trigger a after insert on pgbell.notification for each row execute function tap.meddle();
insert into pgbell.notification (user_id, kind) values ('leo', 'plain') returning id \gset
select tap.commit();
delete from pgbell.notification where id = :id;
insert into pgbell.notification (id, user_id, kind) overriding system value values (:id, 'leo', 'unwanted');
select tap.commit();
select results_eq($$ select pg_temp.log('leo') $$, array['new_n plain {} 1', 'n_deleted 0'],
	'what was deleted, came again and was deleted by a trigger is told as deleted');
insert into pgbell.notification (id, user_id, kind) overriding system value values (:id, 'leo', 'unwanted');
insert into pgbell.notification (id, user_id, kind) overriding system value values (:id, 'leo', 'plain');
select tap.commit();
select is((select max(l) from pg_temp.log('leo') with ordinality o (l, n) where n > 2), 'new_n plain {} 1', 'and what a trigger deleted and came after all is new');
drop trigger a on pgbell.notification;

-- what it does by pgbell's functions to the row that is being inserted ------------------------------

create function pg_temp.by_function() returns trigger language plpgsql as $$
begin
	case new.kind
		when 'read' then perform pgbell.mark_one(new.user_id, new.id, true);
		when 'read and unread' then perform pgbell.mark_one(new.user_id, new.id, true), pgbell.mark_one(new.user_id, new.id, false);
		when 'all' then perform pgbell.mark_all_of(new.user_id, null);
		when 'deleted' then perform pgbell.delete_one(new.user_id, new.id);
		when 'of a subject' then perform pgbell.delete_subject(new.subject), pgbell.number_pending();
		when 'forgotten' then perform pgbell.forget_person(new.user_id);
		else null;
	end case;
	return null;
end;
$$;
create trigger a after insert on pgbell.notification for each row execute function pg_temp.by_function();
insert into pgbell.notification (user_id, kind) values ('eli', 'plain'), ('eli', 'plain');
select tap.commit();
insert into pgbell.notification (user_id, kind) values ('eli', 'read');
insert into pgbell.notification (user_id, kind) values ('eli', 'read and unread'), ('eli', 'plain');
select tap.commit();
select is(pg_temp.count('eli'), 4, 'marked by a function as it is inserted, it counts as it is');
insert into pgbell.notification (user_id, kind, subject) values ('eli', 'deleted', null), ('eli', 'of a subject', 's'), ('eli', 'plain', null);
select tap.commit();
select is(pg_temp.count('eli'), 5, 'deleted by one, it is none');
insert into pgbell.notification (user_id, kind) values ('fay', 'plain'), ('eli', 'plain'), ('eli', 'all'), ('fay', 'forgotten');
select tap.commit();
select is(pg_temp.count('eli'), 0, 'or all are marked');
select is(pg_temp.count('fay'), null, 'or the person is forgotten');
set constraints all immediate;
insert into pgbell.notification (user_id, kind) values ('eli', 'plain'), ('eli', 'read'), ('eli', 'deleted');
select tap.commit();
set constraints all deferred;
select is(pg_temp.count('eli'), 1, 'also where constraints are immediate');
select results_eq($$ select pg_temp.log('eli') offset 2 $$, array['new_n read {} read 2', 'new_n read and unread {} 3', 'new_n plain {} 4',
	'new_n plain {} 5', 'n_read 0', 'new_n plain {} read 0', 'new_n all {} read 0', 'new_n plain {} 1', 'new_n read {} read 1'], 'and each is told once');
drop trigger a on pgbell.notification;
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

-- what it does to rows that follow a mark of all ------------------------------------------------------

insert into pgbell.notification (user_id, kind) select 'moe', case i when 1 then 'once' when 2 then 'stamped' else 'm' end from generate_series(1, 1010) i;
insert into pgbell.notification (user_id, kind) select 'ned', 'm' from generate_series(1, 1010) i;
select tap.commit();
create trigger stamp before update on pgbell.notification for each row when (old.kind = 'stamped') execute function pg_temp.stamp();
select token as moe from pgbell.create_session('moe') \gset
select token as ned from pgbell.create_session('ned') \gset
select pgbell.mark_all_read(:'moe'), pgbell.mark_all_read(:'ned');
select pgbell.settle_read(5000), pgbell.settle_read(5000);
select tap.commit();
select is((select string_agg(l, ', ' order by l) from (select pg_temp.log('moe') l offset 1011) t),
	'n_changed stamped {"stamped": 1} read 0, n_deleted 0', 'what is changed or deleted when a row says that it is read is told');
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

create function pg_temp.refuse() returns trigger language plpgsql as $$ begin raise 'not that one'; end $$;
insert into pgbell.notification (user_id, kind) select p, 'm' from unnest('{moe,ned}'::text[]) p, generate_series(1, 1010) i;
select tap.commit();
select pgbell.mark_all_read(:'moe'), pgbell.mark_all_read(:'ned');
create constraint trigger refuse after update on pgbell.notification deferrable initially deferred
for each row when (new.user_id = 'moe') execute function pg_temp.refuse();
select is((select sum(pgbell.settle_read(5000)) from generate_series(1, 2)), 1010::numeric, 'rows of one that a trigger refuses keep no other''s from following');
select lives_ok('select pgbell.trim()', 'nor all that is old from going');
drop trigger refuse on pgbell.notification;
create function pg_temp.keep() returns trigger language plpgsql as $$ begin new.read_at := old.read_at; return new; end $$;
create trigger keep before update on pgbell.notification for each row execute function pg_temp.keep();
select is(pgbell.settle_read(100), 0::bigint, 'rows that a trigger keeps as they are are not tried without end');
drop trigger keep on pgbell.notification;
select pgbell.settle_read(5000);
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

-- what is due, and what was read long ago ------------------------------------------------------------

create table tap.mail (id bigint references pgbell.notification deferrable initially deferred);
delete from pgbell.due;
select pgbell.notify('pia', 'mailed', expires_at => now() + interval '1 h') as mailed \gset
select pgbell.notify('pia', 'other', expires_at => now() + interval '1 h') as other \gset
select pgbell.notify('pia', 'late', deliver_at => now() + interval '1 h');
select tap.commit();
insert into tap.mail values (:mailed);
update pgbell.due set at = now() - interval '1 s';
select lives_ok('select pgbell.run_due(), tap.commit()', 'a row that a foreign key of the application''s holds');
select is((select string_agg(kind, ' ' order by id) from pgbell.notification where user_id = 'pia'), 'mailed late', 'stays, and all else that is due is done');
select is((select string_agg(task || ' ' || (at > now() + interval '50 s'), ' ') from pgbell.due), 'expire true', 'and is tried again in a minute');
select pgbell.announce('news') as news \gset
select (pgbell.take_announcements('{pia,quin}')).taken;
select tap.commit();
insert into tap.mail select id from pgbell.notification where user_id = 'pia' and kind = 'news';
select pgbell.withdraw(:news);
select lives_ok('select pgbell.run_due(), tap.commit()', 'and of what was announced');
select is((select string_agg(user_id, ' ') from pgbell.notification where kind = 'news'), 'pia', 'the others'' goes');
update pgbell.notification set read_at = now() - interval '100 days' where user_id = 'pia';
insert into pgbell.notification (user_id, kind, read_at) values ('quin', 'old', now() - interval '100 days');
select tap.commit();
update pgbell.migration set trimmed_at = null, read_trimmed_at = null;
select lives_ok('select pgbell.trim_if_due(''1 h'', ''7 days'', 1000, ''90 days''), tap.commit()', 'what was read long ago and is held');
select is((select count(*) from pgbell.notification where user_id = 'pia'), 2::bigint, 'stays');
truncate tap.mail;
update pgbell.migration set trimmed_at = null, read_trimmed_at = null;
select pgbell.trim_if_due('1 h', '7 days', 1000, '90 days');
select is((select count(*) from pgbell.notification where user_id in ('pia', 'quin')), 0::bigint, 'until it is not held any more');
select tap.commit();
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

-- a place beyond all ids -----------------------------------------------------------------------------

select pgbell.notify('rae', 'k', key => 'k');
update pgbell.notification set place = 9223372036854775807 where user_id = 'rae';
select tap.commit();
select is((select place < 1000000000 from pgbell.notification where user_id = 'rae'), true, 'a place that no id has had is none: it moves to the top');
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

select * from finish();
rollback;
