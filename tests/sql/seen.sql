-- Seen: what a person has had on the screen, which is less than having read it.

begin;
set local client_min_messages = warning;
select no_plan();

select token as ann from pgbell.create_session('ann') \gset
create function pg_temp.told(kind text, key text default null) returns bigint language plpgsql as $$
declare
	id bigint := pgbell.notify('ann', kind, key => told.key);
begin
	perform tap.commit();
	return id;
end;
$$;
create function pg_temp.counts(answer jsonb) returns text language sql as $$
	select concat_ws(' of ', answer ->> 'unseen_count', answer ->> 'unread_count');
$$;

select is(pgbell.mark_seen(:'ann'), '{"user_id":"ann","unread_count":0,"seq":0}', 'who was never notified has seen nothing');
select pg_temp.told('a'), pg_temp.told('b', 'b');
select is(pgbell.get_unread_count(:'ann'), '{"user_id":"ann","unread_count":2,"seq":2}', 'nothing is said where nobody says what is seen');
select is(pg_temp.counts(pgbell.mark_seen(:'ann', 1)), '1 of 2', 'what a page had; the other came behind it');
select is(data::text || unread_count, '{"unseen_count": 1}2', 'an event') from pgbell.event where seq = 3;
select is(pg_temp.counts(pgbell.mark_seen(:'ann')), '0 of 2', 'all');
select is(pgbell.mark_seen(:'ann') ->> 'seq', '4', 'again: no event');
select pg_temp.told('c');
select is(pg_temp.counts(pgbell.get_unread_count(:'ann')), '1 of 3', 'what comes is not seen');
select is(pg_temp.counts(pgbell.list_notifications(:'ann')::jsonb), '1 of 3', 'the list says so too');
select is(pg_temp.counts(pgbell.list_notifications(:'ann', 9, null, false, 'c', null)::jsonb), '1 of 3', 'and a list of some');
select pg_temp.told('b', 'b');
select is(pg_temp.counts(pgbell.get_unread_count(:'ann')), '2 of 3', 'nor is one that another was merged with');
select pgbell.mark_read(:'ann', (select id from pgbell.notification where kind = 'c'));
select is(pg_temp.counts(pgbell.get_unread_count(:'ann')), '1 of 2',
	'what is read is seen');
select pgbell.mark_unread(:'ann', (select id from pgbell.notification where kind = 'c'));
select is(pg_temp.counts(pgbell.get_unread_count(:'ann')), '2 of 3',
	'and not seen when it is unread again before the list was opened');
select is(pg_temp.counts(pgbell.mark_seen(:'ann', 1)), '2 of 3', 'what an older page had is nothing new');
select is(pg_temp.counts(pgbell.mark_seen(:'ann', 1000)), '0 of 3', 'a number of the future is now');
select is(pg_temp.counts(pgbell.mark_all_read(:'ann')), '0 of 0', 'read is seen');
-- The log does not reach back: the time says it.
select pg_temp.told('d');
update pgbell.notification set created_at = clock_timestamp() + interval '1 s' where kind = 'd';
select tap.commit();
delete from pgbell.event;
update pgbell.inbox set seq = seq;
select is(pg_temp.counts(pgbell.get_unread_count(:'ann')), '1 of 1', 'where the log was trimmed');
insert into pgbell.notification (user_id, kind) select 'ann', 'n' from generate_series(1, 1500);
select tap.commit();
select is(pg_temp.counts(pgbell.get_unread_count(:'ann')), '100 of 1501', 'at most a hundred are counted');
select pgbell.mark_all_read(:'ann') ->> 'unread_count';
select is(pg_temp.counts(pgbell.get_unread_count(:'ann')), '0 of 0', 'those that count as read are seen');
select pg_temp.told('e');
select is(pg_temp.counts(pgbell.mark_seen(:'ann')), '0 of 1', 'seen while rows have not followed');
select throws_ok('select pgbell.mark_seen(null)', 'PB401');
select is_empty($$ select problem from pgbell.check_consistency() where problem !~ 'missing' $$, 'all is consistent');

select * from finish();
rollback;
