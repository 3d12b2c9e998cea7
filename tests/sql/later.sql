-- What comes later, goes by itself, is put off, and is forgotten.

begin;
set local client_min_messages = error;
select no_plan();

select token as ann from pgbell.create_session('ann') \gset
-- So much later everything is due; the clock cannot be set, so the plan is.
create function pg_temp.later() returns bigint language plpgsql as $$
declare
	due_in bigint;
begin
	update pgbell.due set at = at - interval '1 hour';
	due_in := pgbell.run_due();
	perform tap.commit();
	return due_in;
end;
$$;
create function pg_temp.has(person text default 'ann') returns text language sql as $$
	select coalesce(string_agg(concat_ws(':', kind, count), ' ' order by coalesce(place, id)), '') from pgbell.notification where user_id = person;
$$;

-- later ------------------------------------------------------------------------------------------

select is(pgbell.run_due(), null, 'nothing is due');
select is(pgbell.notify('ann', 'later', deliver_at => now() + interval '30 min', expires_at => now() + interval '90 min'), null, 'put off');
select isnt(pgbell.notify('ann', 'past', deliver_at => now() - interval '1 s'), null, 'a time that is over is now');
select tap.commit();
select is(pg_temp.has(), 'past', 'it is not there yet');
select is((pgbell.get_unread_count(:'ann') ->> 'unread_count')::integer, 1, 'nor counted');
select is(pgbell.run_due() between 1700000 and 1800000, true, 'it is due in half an hour');
select is(pg_temp.later() between 1 and 1800000, true, 'it is there, and is to expire');
select is(pg_temp.has(), 'past later', 'there it is');
select is((select count(*) from pgbell.event where type = 'new_notification'), 2::bigint, 'told as any other');
select is(pgbell.run_due() is null, false, 'once');
select is(pg_temp.has(), 'past later', 'only');
select is(pg_temp.later(), null, 'an hour on');
select is(pg_temp.has(), 'past', 'it has expired');
select is((select type::text from pgbell.event order by seq desc limit 1), 'notification_deleted', 'which is told');

-- With a key it is merged with the one that is there then; a muted one does not come.
select pgbell.allow_mutes();
select pgbell.notify('ann', 'k', key => 'k'), pgbell.notify('ann', 'k', key => 'k', deliver_at => now() + interval '1 min'),
	pgbell.notify('ann', 'm', deliver_at => now() + interval '1 min');
select pgbell.mute('ann', 'm');
select pg_temp.later();
select is(pg_temp.has(), 'past k:2', 'later, by key and muted');

-- expiry -----------------------------------------------------------------------------------------

insert into pgbell.notification (user_id, kind) values ('ann', 'plain') returning id as plain \gset
select pgbell.expire_at(:plain, now() + interval '10 min');
select pgbell.expire_at(:plain, now() + interval '20 min');
select is((select count(*) from pgbell.due), 1::bigint, 'another time takes the place of the first');
select pgbell.expire_at(:plain, null);
select is((select count(*) from pgbell.due), 0::bigint, 'none: it stays');
select pgbell.expire_at(:plain, now() + interval '10 min');
delete from pgbell.notification where id = :plain;
select is(pg_temp.later(), null, 'one that is gone by then');
select throws_ok(format('select pgbell.expire_at(%s, now())', :plain), 'PB404', null, 'and expires no more');
select throws_ok($$ select pgbell.notify('ann', 'k', expires_at => 'infinity') $$, '23514', null, 'a time that no browser shows');
select throws_ok($$ select pgbell.notify('ann', 'k', deliver_at => '10000-01-01') $$, '23514', null, 'nor this one');
select throws_ok($$ select pgbell.notify('ann', '', deliver_at => now() + interval '1 h') $$, '23514', null, 'what is no kind is refused at once');
select throws_ok($$ select pgbell.notify('ann', 'k', '[]', deliver_at => now() + interval '1 h') $$, '23514', null, 'and no data');
select pgbell.notify('ann', 'k', subject => 'order/7/item/1', deliver_at => now() + interval '1 min');
select pgbell.delete_subject('order/7');
select is((select count(*) from pgbell.due), 0::bigint, 'what is taken back does not come later');

-- snooze -----------------------------------------------------------------------------------------

delete from pgbell.notification;
select pgbell.notify('ann', 'a', '{"n":1}', 's', 'key') as a \gset
select pgbell.notify('ann', 'b') as b \gset
select pgbell.notify('bob', 'his') as his \gset
select tap.commit();
select is(pgbell.snooze(:'ann', :a, to_char(now() + interval '30 min', 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM')) ->> 'unread_count', '1', 'snoozed');
select is(pg_temp.has(), 'b', 'it is away');
select pg_temp.later();
select is(pg_temp.has(), 'b a', 'and back at the top');
select is(n.id || n.subject || n.key || (n.data ->> 'n'), :'a' || 'skey1', 'the same one') from pgbell.notification n where kind = 'a';
select is(type || ' ' || (data ->> 'id') || ' ' || unread_count, 'new_notification ' || :'a' || ' 2', 'told as new')
from pgbell.event where address = 'ann' order by seq desc limit 1;
select pgbell.snooze(:'ann', :a, '9999-12-31T23:59:59Z');
select pgbell.notify('ann', 'a', '{"n":2}', 's', 'key');
update pgbell.due set at = now();
select pgbell.run_due();
select tap.commit();
select is(pg_temp.has(), 'b a a', 'beside one that took its key meanwhile');
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');
select is(tap.refusal(format('snooze(%L, %s, %L)', :'ann', :b, until)), 'PB422 /until', coalesce(until, 'null'))
from unnest(array['', 'tomorrow', 'now', 'infinity', '2026-02-30T08:00:00Z', '2099-01-01T25:00:00Z', '2099-01-01T08:00:00', '2099-01-01',
	'10000-01-01T00:00:00Z', '9999-12-31T23:59:59-12:00', '2000-01-01T00:00:00Z', '2099-01-01T08:00:00+99:00', null]) until;
select is(tap.refusal(format('snooze(%L, %s, %L)', :'ann', :his, '2099-01-01T00:00:00Z')), 'PB404', 'another''s');
select is(tap.refusal(format('snooze(null, %s, %L)', :b, '2099-01-01T00:00:00Z')), 'PB401', 'nobody''s');


-- What expires while it is snoozed stays away; and what is snoozed can be listed, and had back as it was.
delete from pgbell.due;
delete from pgbell.notification where user_id = 'ann';
select pgbell.notify('ann', 'gone', expires_at => now() + interval '10 min') as gone \gset
select pgbell.notify('ann', 'mine') as mine \gset
select pgbell.notify('ann', 'k', '{"actor":"ines"}', key => 'k'), pgbell.notify('ann', 'k', '{"actor":"tom"}', key => 'k');
select id as collapsed from pgbell.notification where key = 'k' \gset
select pgbell.notify('ann', 'top');
select tap.commit();
select pgbell.snooze(:'ann', :gone, to_char(now() + interval '20 min', 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM'));
select pgbell.mark_read(:'ann', :mine), pgbell.snooze(:'ann', :mine, '9998-01-01T00:00:00Z'), pgbell.snooze(:'ann', :collapsed, '9997-01-01T00:00:00Z');
select pgbell.notify('ann', 'put off', deliver_at => '9990-01-01');
select is(jsonb_path_query_array(pgbell.list_snoozed(:'ann'), '$.notifications[*].kind'), '["gone", "k", "mine"]', 'what is snoozed, the soonest first, and nothing that was put off');
select is(l #>> '{notifications,1,until}', '9997-01-01T00:00:00.000Z', 'and until when') from pgbell.list_snoozed(:'ann') l;
select is(l #> '{notifications,1,actors}', '["tom", "ines"]', 'as it was') from pgbell.list_snoozed(:'ann') l;
select is(l ->> 'next', null, 'all of it') from pgbell.list_snoozed(:'ann') l;
select is((select string_agg(p #>> '{notifications,0,kind}', ' ') from (values (null), (:gone), (:collapsed)) a (after), lateral pgbell.list_snoozed(:'ann', 1, after) p),
	'gone k mine', 'page by page');
select is(l ->> 'next', :'gone', 'and where the next begins') from pgbell.list_snoozed(:'ann', 1) l;
select token as bob from pgbell.create_session('bob') \gset
select is(pgbell.list_snoozed(:'bob') -> 'notifications', '[]', 'one''s own alone');
select is(tap.refusal(format('unsnooze(%L, %s)', :'bob', :mine)), 'PB404', 'another''s is not had back');
select is(pgbell.unsnooze(:'ann', :mine) ->> 'unread_count', '1', 'one is had back');
select is(pg_temp.has(), 'mine top', 'where it was');
select is(read_at is null, false, 'as it was') from pgbell.notification where id = :mine;
select is(tap.refusal(format('unsnooze(%L, %s)', :'ann', :mine)), 'PB404', 'once');
update pgbell.due set at = now() - interval '1 s' where kind = 'k';
select pgbell.run_due();
select tap.commit();
select is(pg_temp.has(), 'mine top k:2', 'one that comes back by itself is at the top, and as many as it was');
select pg_temp.later();
select is(pg_temp.has(), 'mine top k:2', 'what expired meanwhile stays away');
delete from pgbell.due;
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

-- One whose delivery fails holds up no other, and is not lost.
create function pg_temp.refuse() returns trigger language plpgsql as $$ begin raise 'not that one'; end $$;
create trigger refuse before insert on pgbell.notification for each row when (new.kind = 'bad') execute function pg_temp.refuse();
select pgbell.notify('ann', kind, deliver_at => now() + interval '1 min') from unnest(array['bad', 'good']) kind;
select is(pg_temp.later() between 50000 and 60000, true, 'a delivery that fails is tried again in a minute');
select matches(pg_temp.has(), 'good$', 'and holds up no other');
drop trigger refuse on pgbell.notification;
select pg_temp.later();
select matches(pg_temp.has(), 'bad$', 'it is there then');

-- Whatever the application's trigger calls its error.
create function pg_temp.refuse_by_kind() returns trigger language plpgsql as $$
begin
	if coalesce(new.kind, old.kind) = 'asserted' then
		assert false, 'not that one';
	end if;
	raise 'not that one' using errcode = coalesce(new.kind, old.kind);
end;
$$;
create trigger refuse before insert on pgbell.notification for each row when (new.kind in ('UE001', '42P01', '21000', '0A000', 'asserted'))
execute function pg_temp.refuse_by_kind();
delete from pgbell.due;
select pgbell.notify('ann', kind, deliver_at => now() + interval '1 min')
from unnest(array['UE001', '42P01', '21000', '0A000', 'asserted', 'fine']) kind;
select is(pg_temp.later() between 50000 and 60000, true, 'deliveries that fail by any error are tried again');
select matches(pg_temp.has(), 'fine$', 'and hold up no other');
select is(count(*), 5::bigint, 'nor is one lost') from pgbell.due;
drop trigger refuse on pgbell.notification;
select pg_temp.later();
select is_empty('select from pgbell.due', 'they come when that is mended');

create trigger refuse before delete on pgbell.notification for each row when (old.kind in ('UE001', '42P01', 'asserted'))
execute function pg_temp.refuse_by_kind();
select pgbell.expire_at(n.id, now() + interval '1 min')
from pgbell.notification n
where n.user_id = 'ann' and n.kind in ('UE001', '42P01', '21000', '0A000', 'asserted', 'fine');
select is(pg_temp.later() between 50000 and 60000, true, 'what may not be deleted when it expires is tried again');
select is(string_agg(kind, ' ' order by kind), '42P01 UE001 asserted', 'and holds up no other')
from pgbell.notification
where user_id = 'ann' and kind in ('UE001', '42P01', '21000', '0A000', 'asserted', 'fine');
drop trigger refuse on pgbell.notification;
select pg_temp.later();
select is_empty($$ select from pgbell.notification where kind in ('UE001', '42P01', 'asserted') $$, 'it goes when that is mended');
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

-- A trigger that raises at the commit, as a deferred constraint does.
create function pg_temp.refuse_late() returns trigger language plpgsql as $$
begin
	if coalesce(new.kind, old.kind) = 'kept' or new.kind = 'late' then
		raise 'not that one';
	end if;
	return null;
end;
$$;
delete from pgbell.notification where user_id = 'ann';
select pgbell.notify('ann', 'kept'), pgbell.notify('ann', 'short');
select tap.commit();
create constraint trigger refuse_late after insert or delete on pgbell.notification deferrable initially deferred
for each row execute function pg_temp.refuse_late();
select pgbell.notify('ann', kind, deliver_at => now() + interval '1 min') from unnest(array['late', 'prompt']) kind;
select pgbell.expire_at(n.id, now() + interval '1 min') from pgbell.notification n where n.kind in ('kept', 'short');
select is(pg_temp.later() between 50000 and 60000, true, 'what is refused at the commit is tried again');
select is(pg_temp.has(), 'kept prompt', 'and holds up no other');
drop trigger refuse_late on pgbell.notification;
select pg_temp.later();
select is(pg_temp.has(), 'prompt late', 'it is done when that is mended');
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

-- One whose time is over is told to nobody, also where nothing was delivered for so long.
select is(pgbell.notify('ann', 'stale', expires_at => now() - interval '1 s'), null, 'it is none');
select is(pgbell.notify('ann', 'stale', deliver_at => now() + interval '10 min', expires_at => now() + interval '20 min'), null, 'put off');
update pgbell.due set at = at - interval '1 hour', expires_at = expires_at - interval '1 hour' where kind = 'stale';
select pgbell.run_due();
select tap.commit();
select is_empty($$ select from pgbell.event where data ->> 'kind' = 'stale' union all select from pgbell.due $$, 'nor is it, when it would come');
select throws_ok($$ select pgbell.notify('ann', 'k', deliver_at => now() + interval '2 h', expires_at => now() + interval '1 h') $$, '22023', null,
	'what would be gone before it comes');

-- Snoozed, and muted or to expire since.
select pgbell.allow_mutes();
select pgbell.notify('ann', 'like') as one \gset
select pgbell.notify('ann', 'like') as other \gset
select tap.commit();
select pgbell.snooze(:'ann', :one, '9998-01-01T00:00:00Z'), pgbell.snooze(:'ann', :other, '9998-01-01T00:00:00Z');
select pgbell.mute('ann', 'like');
select pgbell.unsnooze(:'ann', :one);
select is(pg_temp.has(), 'prompt late like', 'what was snoozed is had back though its kind was muted since');
update pgbell.due set at = now() - interval '1 s' where notification_id = :other;
select pgbell.run_due();
select tap.commit();
select is(pg_temp.has(), 'prompt late like like', 'or comes back by itself');
select pgbell.mute('ann', 'like', null, false);
select pgbell.snooze(:'ann', :one, '9998-01-01T00:00:00Z'), pgbell.snooze(:'ann', :other, '9998-01-01T00:00:00Z');
select pgbell.expire_at(:one, now() + interval '1 min'), pgbell.expire_at(:other, now() + interval '1 min');
select pg_temp.later();
select is(pg_temp.has(), 'prompt late', 'what expires while it is snoozed');
select is_empty('select from pgbell.due', 'stays away, also where that was said since');
select pgbell.notify('ann', 'short') as short \gset
select pgbell.expire_at(:short, now() - interval '1 s');
select pgbell.snooze(:'ann', :short, '9998-01-01T00:00:00Z');
select pgbell.unsnooze(:'ann', :short);
select is(pg_temp.has(), 'prompt late', 'what has expired is not had back');
select pg_temp.later();
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

-- forgotten --------------------------------------------------------------------------------------

select pgbell.notify('ann', 'to come', deliver_at => now() + interval '1 h');
select pgbell.mute('ann', 'x');
select pgbell.create_ticket(:'ann');
select is(pgbell.forget_person('ann') > 0, true, 'a person is forgotten');
select tap.commit();
select is_empty(format('select from pgbell.%I where %I = %L', t, w, 'ann'), t)
from (values ('notification', 'user_id'), ('event', 'address'), ('inbox', 'address'), ('mute', 'user_id'), ('due', 'user_id'),
	('ticket', 'user_id'), ('session', 'user_id'), ('pending', 'address')) o (t, w);
select throws_ok(format('select pgbell.get_unread_count(%L)', :'ann'), 'PB401', null, 'her session is over');
select is((select count(*) from pgbell.notification), 1::bigint, 'others keep what they have');
select is(pgbell.forget_person('ann'), 0::bigint, 'again: nothing');
select throws_ok($$ select pgbell.forget_person(pgbell.topic_address('public:a')) $$, '23514', null, 'a topic is nobody');
select pgbell.notify('ann', 'new');
select tap.commit();
select is(seq, 1::bigint, 'whoever notifies her later begins anew') from pgbell.inbox where address = 'ann';
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

select * from finish();
rollback;
