-- A berth: of a session, with no transaction around it.
set client_min_messages = warning;
select plan(7);
create function pg_temp.locks() returns text language sql as $$
	select coalesce(string_agg(l.objid || case l.mode when 'ExclusiveLock' then '+' else '' end, ' '
		order by l.objid, l.mode), '')
	from pg_locks l
	where l.locktype = 'advisory' and l.pid = pg_backend_pid() and l.classid = pgbell.bell_lock()::oid
$$;
select is(pgbell.take_berth(0), 1, 'the first berth');
select is(pg_temp.locks(), '1+ 5+ 6', 'a berth, that somebody listens, and that it knows of berths');
select is((select has_berth from pgbell.look(null, 1, pg_backend_pid(), 1)), true, 'it is seen');
select is((select has_berth from pgbell.look(null, 2, pg_backend_pid(), 1)), false, 'another one is not');
select is((select has_berth from pgbell.look(null, 1, pg_backend_pid() + 1, 1)), false, 'and nobody else has it');
select ok(pgbell.leave_berth(1) like (select pgbell.see()), 'it is left, and what was seen is told');
select is(pg_temp.locks(), '5+ 6', 'the rest is kept');
select * from finish();
