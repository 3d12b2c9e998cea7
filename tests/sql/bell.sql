-- pgbell.bell: whether ringing is put off, and what becomes of it then.

begin;
set local client_min_messages = warning;
select no_plan();

-- Who is to be rung later.
create function pg_temp.put_off() returns text language sql as
	$$ select coalesce(current_setting('pgbell.put_off', true), '') $$;

-- As a commit would.
create function pg_temp.tell(variadic people text[]) returns text language plpgsql as $$
begin
	insert into pgbell.notification (user_id, kind) select unnest(people), 'test';
	set constraints all immediate;
	set constraints all deferred;
	return pg_temp.put_off();
end;
$$;

select is(pg_temp.tell('ann'), '', 'nothing is put off where nothing is set');
set local pgbell.bell = 'inside';
select is(pg_temp.tell('ann'), '', 'nothing is put off when it is inside');
set local pgbell.bell = 'none';
select is(pg_temp.tell('ann'), '', 'nothing is put off when it is none');
set local pgbell.bell = 'later, please';
select is(pg_temp.tell('ann'), '', 'a word that says nothing is inside');

set local pgbell.bell = 'after';
select is(pg_temp.tell('ann', 'bob'), 'ann bob', 'after: people are put off');
savepoint before;
select is(pg_temp.tell('cem'), 'ann bob cem', 'and gather');
rollback to before;
select is(pg_temp.put_off(), 'ann bob', 'what is rolled back is not to be rung');
select lives_ok('select pgbell.ring()', 'they are rung');
select is(pg_temp.put_off(), '', 'once');
select lives_ok('select pgbell.ring()', 'nobody is to be rung, which is no error');

select pg_temp.tell(variadic array_agg(repeat('x', 110) || i)) from generate_series(10000, 10550) i;
select cmp_ok(octet_length(pg_temp.put_off()), '>', 60000, 'many are put off');
select is(octet_length(pg_temp.tell(variadic array_agg(repeat('z', 110) || i))), 0,
	'when nobody calls for more than that, they are rung inside')
from generate_series(10000, 10550) i;

select * from finish();
rollback;
