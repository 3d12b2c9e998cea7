-- Triggers and rules of the application's that keep a row as it is without an error: what was not done is not
-- said to be done.

begin;
set local client_min_messages = error;
select no_plan();

create function pg_temp.keep() returns trigger language plpgsql as $$ begin return null; end $$;
create function pg_temp.has(person text) returns text language sql as $$
	select string_agg(kind, ' ' order by id) from pgbell.notification where user_id = person;
$$;
select token as ann from pgbell.create_session('ann') \gset
insert into pgbell.notification (user_id, kind) values ('ann', 'bill') returning id as bill \gset
insert into pgbell.notification (user_id, kind) values ('ann', 'news') returning id as news \gset
select tap.commit();

-- before a deletion ----------------------------------------------------------------------------------

create trigger "an audit" before delete on pgbell.notification for each row when (old.kind = 'bill') execute function pg_temp.keep();
select is(tap.refusal(format('delete_notification(%L, %s)', :'ann', :bill)), 'PB409', 'one that is kept is not said to be deleted');
select is(r.status, 409, 'nor to a WebSocket')
from pgbell.run_commands(array[:'ann'], '{null}', '{ann}', '{delete}', array[:bill], '{null}') r;
select is(tap.refusal(format('snooze(%L, %s, %L)', :'ann', :bill, '9998-01-01T00:00:00Z')), 'PB409', 'nor to be put off');
select lives_ok(format('select pgbell.delete_notification(%L, %s)', :'ann', :news), 'another is deleted');
select throws_ok($$ select pgbell.forget_person('ann') $$, '27000',
	'this person cannot be forgotten: trigger "an audit" of pgbell.notification keeps what is to be deleted', 'nor is a person said to be forgotten');
select is(pg_temp.has('ann'), 'bill', 'and nothing of her is');
select lives_ok(format('select pgbell.get_session(%L)', :'ann'), 'nor is she signed out');
select lives_ok($$ select pgbell.forget_person('bob') $$, 'who has none that is kept is forgotten');
drop trigger "an audit" on pgbell.notification;
create trigger stay before delete on pgbell.event for each row execute function pg_temp.keep();
select throws_ok($$ select pgbell.forget_person('ann') $$, '27000',
	'this person cannot be forgotten: trigger "stay" of pgbell.event keeps what is to be deleted', 'whatever table it is of');
drop trigger stay on pgbell.event;
create rule stay as on delete to pgbell.notification do instead nothing;
select throws_ok($$ select pgbell.forget_person('ann') $$, '27000',
	'this person cannot be forgotten: rule "stay" of pgbell.notification keeps what is to be deleted', 'nor where it is a rule');
select is(tap.refusal(format('delete_notification(%L, %s)', :'ann', :bill)), 'PB409', 'which keeps one, too');
drop rule stay on pgbell.notification;
alter table pgbell.notification enable row level security;
alter table pgbell.notification force row level security;
select throws_ok($$ select pgbell.forget_person('ann') $$, '55000', 'nobody can be forgotten: row security is forced on pgbell.notification',
	'nor where her rows are hidden from us');
select throws_ok('select pgbell.check_health()', '55000', null, 'and health says so');
alter table pgbell.notification no force row level security;
select lives_ok('select pgbell.check_health()', 'row security that is for others is none of ours');
alter table pgbell.notification disable row level security;

-- sessions, tickets, and what is put off ---------------------------------------------------------------

insert into pgbell.notification (user_id, kind) values ('eve', 'bill') returning id as evil \gset
select token as eve from pgbell.create_session('eve') \gset
select pgbell.create_session('eve');
select tap.commit();
create trigger audit before insert or update on pgbell.session for each row execute function pg_temp.keep();
select is(tap.refusal(format('end_session(%L)', :'eve')), 'PB409', 'a session that a trigger keeps is not said to have ended');
select throws_ok($$ select pgbell.revoke_sessions('eve') $$, '27000', 'sessions of this person cannot be ended: 2 are kept', 'nor those of a person');
select lives_ok($$ select pgbell.revoke_sessions('nobody') $$, 'who has none has none kept');
select throws_ok($$ select pgbell.create_session('eve') $$, '27000', 'this session is kept from being begun', 'nor is one begun that is nowhere');
drop trigger audit on pgbell.session;
create function pg_temp.undo() returns trigger language plpgsql as $$ begin return old; end $$;
create trigger audit before update on pgbell.session for each row execute function pg_temp.undo();
select is(tap.refusal(format('end_session(%L)', :'eve')), 'PB409', 'nor one that is written as it was');
drop trigger audit on pgbell.session;
create rule stay as on update to pgbell.session do instead nothing;
select is(tap.refusal(format('end_session(%L)', :'eve')), 'PB409', 'or that a rule keeps');
drop rule stay on pgbell.session;
create trigger audit before insert on pgbell.ticket for each row execute function pg_temp.keep();
select is(tap.refusal(format('create_ticket(%L)', :'eve')), 'PB409', 'no ticket is given that is nowhere');
drop trigger audit on pgbell.ticket;
create trigger audit before insert on pgbell.due for each row execute function pg_temp.keep();
select is(tap.refusal(format('snooze(%L, %s, %L)', :'eve', :evil, '9998-01-01T00:00:00Z')), 'PB409', 'and nothing is put off that could not come back');
select is(pg_temp.has('eve'), 'bill', 'which stays');
drop trigger audit on pgbell.due;
select is(pgbell.revoke_sessions('eve'), 2::bigint, 'without them sessions end');
select is(tap.refusal(format('end_session(%L)', :'eve')), 'none', 'and one that has ended is no error');

-- what is deleted by itself, or with its subject -------------------------------------------------------

insert into pgbell.notification (user_id, kind, subject) select 'cy', k, 'order/7/' || k from unnest('{bill,news,bill,tip}'::text[]) k;
insert into pgbell.notification (user_id, kind, subject) values ('cy', 'other', 'order/70'), ('cy', 'other', 'order/6');
select tap.commit();
create trigger audit before delete on pgbell.notification for each row when (old.kind = 'bill') execute function pg_temp.keep();
select is(pgbell.delete_subject('order/7'), 2::bigint, 'what is about a subject is deleted, but for what is kept');
select is(pg_temp.has('cy'), 'bill bill other other', 'which stays');
select tap.commit();
select pgbell.expire_at(n.id, now() - interval '1 s') from pgbell.notification n where n.user_id = 'cy';
select lives_ok('select pgbell.run_due()', 'what expires');
select is(pg_temp.has('cy'), 'bill bill', 'goes, but for that');
insert into pgbell.notification (user_id, kind, read_at) select 'cy', k, now() - interval '100 days' from unnest('{bill,news,bill,tip}'::text[]) k;
select tap.commit();
update pgbell.migration set trimmed_at = null, read_trimmed_at = null;
select lives_ok('select pgbell.trim_if_due(''1 h'', ''7 days'', 1000, ''90 days''), tap.commit()', 'and what was read long ago');
select is(pg_temp.has('cy'), 'bill bill bill bill', 'as well');
drop trigger audit on pgbell.notification;

create function pg_temp.put_back() returns trigger language plpgsql as $$
begin
	insert into pgbell.notification (id, user_id, kind, subject) overriding system value values (old.id, old.user_id, old.kind, old.subject);
	return null;
end;
$$;
create trigger audit after delete on pgbell.notification for each row execute function pg_temp.put_back();
insert into pgbell.notification (user_id, kind, subject) values ('dan', 'bill', 'order/8');
select tap.commit();
set local statement_timeout = '10s';
select lives_ok($$ select pgbell.delete_subject('order/8') $$, 'what is put back is deleted once, and not without end');
select pgbell.expire_at(n.id, now() - interval '1 s') from pgbell.notification n where n.user_id = 'dan';
select lives_ok('select pgbell.run_due()', 'nor when it expires');
select throws_ok($$ select pgbell.forget_person('dan') $$, '27000', null, 'and the person is not said to be forgotten');
set local statement_timeout = 0;
select tap.commit();
select is(pg_temp.has('dan'), 'bill', 'it is there');
drop trigger audit on pgbell.notification;

-- before one that was snoozed comes back --------------------------------------------------------------

insert into pgbell.notification (user_id, kind, subject) values ('ann', 'one', 's') returning id as one \gset
insert into pgbell.notification (user_id, kind, subject) values ('ann', 'other', 't') returning id as other \gset
select tap.commit();
select pgbell.snooze(:'ann', :one, '9998-01-01T00:00:00Z'), pgbell.snooze(:'ann', :other, '9998-01-01T00:00:00Z');
create trigger audit before insert on pgbell.notification for each row execute function pg_temp.keep();
select is(tap.refusal(format('unsnooze(%L, %s)', :'ann', :one)), 'PB409', 'what is kept away is not said to be back');
update pgbell.due set at = now() - interval '1 s' where notification_id = :one;
select pgbell.run_due();
drop trigger audit on pgbell.notification;
select is(pg_temp.has('ann'), 'bill', 'and is not there');
update pgbell.due set at = now() - interval '1 s' where notification_id = :one;
select pgbell.run_due();
select is(pg_temp.has('ann'), 'bill one', 'nor is it lost: it is when that is mended');
create unique index audit on pgbell.notification (user_id, subject) where user_id = 'ann';
insert into pgbell.notification (user_id, kind, subject) values ('ann', 'third', 't') returning id as third \gset
select is(tap.refusal(format('unsnooze(%L, %s)', :'ann', :other)), 'PB409', 'nor is one that an index of the application''s keeps away');
delete from pgbell.notification where id = :third;
drop index pgbell.audit;
alter table pgbell.notification add column tenant integer not null default 1;
select is((pgbell.unsnooze(:'ann', :other) ->> 'unread_count')::integer, 3, 'a column of the application''s is no reason to keep one away');
alter table pgbell.notification drop column tenant;
delete from pgbell.notification where id in (:one, :other);
select tap.commit();

-- before a mark -----------------------------------------------------------------------------------------

create trigger audit before update on pgbell.notification for each row execute function pg_temp.keep();
select is(tap.refusal(format('mark_read(%L, %s)', :'ann', :bill)), 'PB409', 'what is kept unread is not said to be read');
drop trigger audit on pgbell.notification;
select is((pgbell.mark_read(:'ann', :bill) ->> 'unread_count')::integer, 0, 'then it is');
create trigger audit before update on pgbell.notification for each row execute function pg_temp.keep();
select is((pgbell.mark_read(:'ann', :bill) ->> 'unread_count')::integer, 0, 'once more: it is so already');
select is(tap.refusal(format('mark_unread(%L, %s)', :'ann', :bill)), 'PB409', 'nor unread');
drop trigger audit on pgbell.notification;
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

select * from finish();
rollback;
