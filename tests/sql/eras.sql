-- A database that went on from an older state, whose numbers leap; contradictions, and how they are mended.

begin;
select no_plan();

select pgbell.notify('eve', 'k') from generate_series(1, 3);
select pgbell.notify('many', 'k') from generate_series(1, 10);
insert into pgbell.notification (user_id, kind) values ('bob', 'k'), ('ann', 'k');
update pgbell.notification set read_at = now() where user_id in ('bob', 'ann');
select tap.commit();

-- a database that went on from an older state ----------------------------------------------------

create function pg_temp.read_on(after bigint) returns text language sql as $$
	select string_agg(coalesce((e.seq - i.seq)::text, '') || ' ' || e.type, ', ' order by e.seq)
	from pgbell.inbox i, pgbell.events_after('{eve}', array[after]) e
	where i.address = 'eve';
$$;
select is((select era from pgbell.inbox where address = 'eve'), pgbell.current_era(), 'the era of a number is known');
update pgbell.inbox set era = 0 where address = 'eve';
select seq as before from pgbell.inbox where address = 'eve' \gset
select pgbell.notify('eve', 'later'), pgbell.notify('eve', 'later');
select tap.commit();
select cmp_ok((select seq from pgbell.inbox where address = 'eve'), '>', (:before + 1048577)::bigint, 'numbers leap');
select is(pg_temp.read_on(:before), '-1 new_notification, 0 new_notification',
	'what stands before the leap has missed nothing and goes on');
select is(pg_temp.read_on(n), '0 reset', format('what was given %s in an era that is forgotten is told', n))
from unnest(array[:before + 1, :before + 2, :before + 1048576]) n;
select is((select min(e.seq - e.prev) > 1048576 from pgbell.event e where address = 'eve' and prev is not null),
	true, 'the log says what was before');
select pgbell.notify('eve', 'later');
select tap.commit();
select is((select count(*) from pgbell.event where address = 'eve' and prev is not null), 1::bigint, 'once');
update pgbell.inbox set era = 0 where address = 'eve';
select seq as before from pgbell.inbox where address = 'eve' \gset
select pgbell.notify('eve', 'later');
select tap.commit();
select is(pg_temp.read_on(:before), '0 new_notification', 'one event leaps too');
select is(pg_temp.read_on(:before + 1), '0 reset', 'and leaves the forgotten out');

select is_empty('select * from pgbell.check_consistency()', 'all is consistent');
update pgbell.inbox set unread_count = unread_count + 1 where address = 'eve';
delete from pgbell.event where address = 'many' and seq = 5;
delete from pgbell.inbox where address = 'bob';
insert into pgbell.pending (txid, id, address) values ('7', 1, 'nil');
select set_eq('select address, problem from pgbell.check_consistency()', $$ values
	('eve', 'unread_count is 8, but 7 notifications are unread'),
	('eve', 'unread_count is 8, but the last event says 7'),
	('many', 'events are missing before 6'),
	('bob', 'has notifications or events but no inbox'),
	('nil', 'transaction 7 ended and left notification 1 without a number')
$$, 'contradictions are found');

-- mending ----------------------------------------------------------------------------------------

select results_eq('select mended, unread_count from pgbell.mend()', $$ values ('bob', 0), ('eve', 7),
	('many', 10), ('nil', 0) $$, 'they are mended, and nobody else');
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');
select results_eq($$ select e.type, e.seq from pgbell.events_after(array['many', 'many'], array[10, 0]::bigint[]) e $$,
	$$ select 'reset', i.seq from pgbell.inbox i, generate_series(1, 2) where address = 'many' $$,
	'streams read their list again');
select seq as number from pgbell.inbox where address = 'many' \gset
select pgbell.notify('many', 'm');
select tap.commit();
select is((select string_agg(type, ' ') from pgbell.events_after('{many}', array[:number::bigint])),
	'new_notification', 'and go on');

-- rows that came without triggers are no person's dead end
alter table pgbell.notification disable trigger user;
insert into pgbell.notification (user_id, kind) values ('rep', 'a'), ('rep', 'b'), ('ann', 'replicated');
alter table pgbell.notification enable trigger user;
update pgbell.notification set read_at = now() where user_id = 'rep' and kind = 'a';
select tap.commit();
select is((select unread_count from pgbell.inbox where address = 'rep'), 1, 'a mark of one counts all anew');
update pgbell.notification set read_at = now() where user_id in ('rep', 'ann');
select tap.commit();
select is((select string_agg(unread_count::text, ',') from pgbell.inbox where address in ('rep', 'ann')), '0,0',
	'also among others');
select is_empty('select * from pgbell.check_consistency()', 'all is consistent');
insert into pgbell.pending (txid, id, address) select '7', i, 'nil' from generate_series(1, 200000) i;
select pgbell.trim();
select cmp_ok(pg_total_relation_size('pgbell.pending'), '>', 16777216::bigint, 'a table that is in use stays as large as it is');
delete from pgbell.pending;
select pgbell.trim();
select cmp_ok(pg_total_relation_size('pgbell.pending'), '<', 1000000::bigint, 'one that is empty gives its space back');

select setval(pg_get_serial_sequence('pgbell.notification', 'id'), 1);
select is((select count(*) from pgbell.mend('zoe')), 1::bigint, 'one person is mended, consistent or not');
select lives_ok($$ select pgbell.notify('zoe', 'k') $$, 'the next id is a new one');

-- an older state that is copied into the emptied tables ------------------------------------------

select pgbell.notify('dump', 'a');
select tap.commit();
create temporary table kept as select * from pgbell.inbox;
select pgbell.notify('dump', 'forgotten');
select tap.commit();
delete from pgbell.event where address = 'dump' and seq = 2;
truncate pgbell.inbox;
insert into pgbell.inbox select * from kept;
select pgbell.notify('dump', 'b');
select tap.commit();
select results_eq($$ select prev, seq > 1000000 from pgbell.event where address = 'dump' and seq > 1 $$,
	$$ values (1::bigint, true) $$, 'no number of the state that is gone is given again');

select * from finish();
rollback;
