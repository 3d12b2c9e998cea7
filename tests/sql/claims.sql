-- What is handed out to another way of telling: each notification once.

begin;
set local client_min_messages = error;
select no_plan();

create function pg_temp.age() returns void language plpgsql as $$
begin
	perform tap.commit();
	update pgbell.notification set created_at = created_at - interval '1 hour' where created_at > now() - interval '30 min';
	perform tap.commit();
end;
$$;
create function pg_temp.claim(kinds text[] default null, lim integer default 100, people text[] default null) returns text language sql as $$
	select coalesce(string_agg(c.user_id || ': ' || (
		select string_agg(concat_ws('*', n ->> 'kind', n ->> 'count'), ' ' order by o)
		from jsonb_array_elements(c.notifications) with ordinality t (n, o)), ', ' order by c.user_id), '')
	from pgbell.claim_unread('10 min', kinds, lim, people) c;
$$;

select is(pg_temp.claim(), '', 'nobody has any');
insert into pgbell.notification (user_id, kind) values ('ann', 'a'), ('ann', 'b'), ('bob', 'c');
select tap.commit();
select is(pg_temp.claim(), '', 'what is young may yet be read');
select pg_temp.age();
update pgbell.notification set read_at = now() where kind = 'c';
select tap.commit();
select is(pg_temp.claim(), 'ann: b a', 'what has been unread for a while, and is');
select is(pg_temp.claim(), '', 'once');
select is((select seq from pgbell.claimant where user_id = 'ann'), (select seq from pgbell.inbox where address = 'ann'), 'of ann nothing is left to look at');
select pgbell.notify('ann', 'd'), pgbell.notify('ann', 'k', key => 'k'), pgbell.notify('bob', 'e');
select pg_temp.age();
select is(pg_temp.claim('{e,x}'), 'bob: e', 'of some kinds');
select is(pg_temp.claim(people => '{zoe}'), '', 'of some people');
select is(pg_temp.claim(people => '{ann}'), 'ann: k d', 'of ann: what is new');
select pgbell.notify('ann', 'k', key => 'k');
select pg_temp.age();
select is(pg_temp.claim(), 'ann: k*2', 'one that another was merged with is worth telling again');
select is(pg_temp.claim(), '', 'once more');
update pgbell.notification set read_at = now() where user_id = 'ann' and kind = 'a';
update pgbell.notification set read_at = null where user_id = 'ann' and kind = 'a';
update pgbell.notification set data = '{"n":2}' where user_id = 'ann' and kind = 'd';
select tap.commit();
select is(pg_temp.claim(), '', 'a mark or a correction is not');
insert into pgbell.notification (user_id, kind) select 'p' || i, 'x' from generate_series(1, 7) i;
select pg_temp.age();
select is((select count(*) from pgbell.claim_unread('10 min', null, 5)), 5::bigint, 'so many people');
select is((select count(*) from pgbell.claim_unread('10 min', null, 5)), 2::bigint, 'and the others');
insert into pgbell.notification (user_id, kind) select 'many', 'x' from generate_series(1, 150);
select pg_temp.age();
select is(jsonb_array_length(notifications), 100, 'a hundred at most are told of one') from pgbell.claim_unread('10 min');
select is(pg_temp.claim(), '', 'and the rest is not sent after them');
delete from pgbell.notification where user_id = 'ann';
select pgbell.notify('ann', 'z');
select pg_temp.age();
select is(pg_temp.claim(), 'ann: z', 'others after they were deleted');
select is((select count(*) from pgbell.claim where user_id = 'ann'), 1::bigint, 'of those that are gone nothing is kept');
-- What is announced, when it was taken, and has been unread for a while since.
select pgbell.announce('news');
update pgbell.announcement set created_at = now() - interval '5 days';
delete from pgbell.notification where user_id <> 'ann';
select pg_temp.age();
select is(pg_temp.claim(), '', 'who has not been there gets no mail of an announcement');
select taken from pgbell.take_announcements('{ann,zoe}');
select is(pg_temp.claim(), '', 'nor who has just got it');
select pgbell.notify('ann', 'own');
select pg_temp.age();
select is(pg_temp.claim(), 'ann: own', 'but of others she does');
update pgbell.announced set taken_at = taken_at - interval '1 hour';
select is(pg_temp.claim(), 'ann: news, zoe: news', 'when it has been unread for a while');
select is(pg_temp.claim(), '', 'once');
-- One that was snoozed and had back at once was handed out before.
select token as ann from pgbell.create_session('ann') \gset
select id as own from pgbell.notification where kind = 'own' \gset
select pgbell.snooze(:'ann', :own, '9999-01-01T00:00:00Z') is not null;
select is(pg_temp.claim(), '', 'while it is away');
select pgbell.unsnooze(:'ann', :own) is not null;
select is(pg_temp.claim(), '', 'nor when it is back where it was');
select pgbell.forget_person('ann');
select is_empty($$ select from pgbell.claim where user_id = 'ann' union all select from pgbell.claimant where user_id = 'ann' $$,
	'a person who is forgotten');

select * from finish();
rollback;
