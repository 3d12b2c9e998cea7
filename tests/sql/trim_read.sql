-- What was read long ago goes, where that is wanted, in bounded steps and told to nobody.

begin;
set local client_min_messages = error;
select no_plan();

select token as ann from pgbell.create_session('ann') \gset
-- Every third was read long ago, every third yesterday, every third is unread.
insert into pgbell.notification (user_id, kind, created_at, read_at)
select 'ann', 'k' || i % 3, now() - interval '400 days', case i % 3 when 0 then now() - interval '100 days' when 1 then now() - interval '1 day' end
from generate_series(1, 300) i;
select tap.commit();
select seq, unread_count from pgbell.inbox where address = 'ann' \gset
create function pg_temp.counts() returns text language sql as $$
	select string_agg(kind || ':' || count, ' ' order by kind) from (select kind, count(*) from pgbell.notification group by kind) n;
$$;

select is(pgbell.trim_if_due('1 h', '7 days', 20), false, 'unless it is wanted nothing goes');
select is(pg_temp.counts(), 'k0:100 k1:100 k2:100', 'nothing');
update pgbell.migration set trimmed_at = null;
select is(pgbell.trim_if_due('1 h', '7 days', 20, '90 days'), true, 'there is more to be looked at');
select is(pg_temp.counts(), 'k0:80 k1:100 k2:100', 'at most so many in a step');
select is(pgbell.trim_if_due('1 h', '7 days', 20, '90 days'), true, 'and more') from generate_series(1, 4);
select is(pgbell.trim_if_due('1 h', '7 days', 20, '90 days'), false, 'not any more');
select is(pg_temp.counts(), 'k1:100 k2:100', 'the rest stays');
select tap.commit();
select is_empty('select from pgbell.pending', 'nothing is left to be told');
select is(seq, :seq::bigint, 'nor was') from pgbell.inbox where address = 'ann';
select is(unread_count, :unread_count, 'the count is as it was') from pgbell.inbox where address = 'ann';
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

-- Once a day; and no earlier than the log forgets.
update pgbell.migration set trimmed_at = null;
update pgbell.notification set read_at = now() - interval '3 days' where kind = 'k1';
select tap.commit();
select is(pgbell.trim_if_due('1 h', '7 days', 1000, '2 days'), false, 'an hour later it is not looked at all of them');
update pgbell.migration set trimmed_at = null, read_trimmed_at = now() - interval '25 hours';
select is(pgbell.trim_if_due('1 h', '7 days', 1000, '2 days'), false, 'a day later it is');
select is(pg_temp.counts(), 'k1:100 k2:100', 'but what the log may tell of stays');
update pgbell.migration set trimmed_at = null, read_trimmed_at = null;
select is(pgbell.trim_if_due('1 h', '1 day', 1000, '2 days'), false, 'with a shorter log');
select is(pg_temp.counts(), 'k2:100', 'it goes');
-- A clock that was set back.
update pgbell.migration set trimmed_at = null, read_trimmed_at = now() + interval '1 year';
update pgbell.notification set read_at = now() - interval '3 days' where id in (select id from pgbell.notification order by id limit 10);
select pgbell.trim_if_due('1 h', '1 day', 1000, '2 days');
select is(pg_temp.counts(), 'k2:90', 'a clock that was set back is no reason to wait');
select pgbell.notify('ann', 'new');
select pgbell.trim_read('0 s', 10);
select tap.commit();
select is((select count(*) from pgbell.event where data ->> 'kind' = 'new'), 1::bigint, 'what the same transaction has done is told');

-- What something of the application's forbids stays, and holds up neither others nor the log.
insert into pgbell.notification (user_id, kind, read_at)
select 'bob', 'b' || i, now() - interval '3 days' from generate_series(1, 40) i;
select tap.commit();
create function pg_temp.refuse() returns trigger language plpgsql as $$ begin raise 'not that one'; end $$;
create constraint trigger refuse_late after delete on pgbell.notification deferrable initially deferred
for each row when (old.kind = 'b7') execute function pg_temp.refuse();
create table shown (id bigint references pgbell.notification);
insert into shown select id from pgbell.notification where kind in ('b20', 'b33');
update pgbell.event set created_at = now() - interval '2 days';
update pgbell.migration set trimmed_at = null, read_trimmed_at = null;
select is(pgbell.trim_if_due('1 h', '1 day', 1000, '2 days'), false, 'all was looked at');
select is((select string_agg(kind, ' ' order by id) from pgbell.notification where user_id = 'bob'), 'b7 b20 b33', 'what may not go stays');
select is((select count(*) from pgbell.event where address = 'bob'), 0::bigint, 'the log is trimmed all the same');
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

insert into pgbell.notification (user_id, kind) select 'eve', 'k' from generate_series(1, 1500);
select tap.commit();
select token as eve from pgbell.create_session('eve') \gset
select pgbell.mark_all_read(:'eve') ->> 'unread_count';
create trigger refuse before update on pgbell.notification for each row when (old.user_id = 'eve') execute function pg_temp.refuse();
insert into pgbell.session (token_hash, user_id, expires_at) values (sha256('old'), 'old', now() - interval '9 days');
select is((pgbell.trim('1 day') ->> 'sessions')::integer, 1, 'a mark that may not be written into its row stops no trimming');
select is((pgbell.get_unread_count(:'eve') ->> 'unread_count')::integer, 0, 'and counts all the same');
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');

select * from finish();
rollback;
