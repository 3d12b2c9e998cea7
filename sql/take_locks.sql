-- All locks that the installation needs, at once, before anything is changed.
--
-- Taken one by one on the way they would meet those of transactions that touch the same tables in
-- another order: a deadlock, for them or for us; and each that comes while we wait for one would
-- wait behind us.  So each try is short, ends before PostgreSQL looks for deadlocks, and gives back
-- what it got.  It takes them in the order of our own functions: who asks, what it is about, and at
-- the commit inbox and event.  Once all are held, nobody waits longer than the installation takes.

select set_config('pgbell.wait', :'wait', true) as wait_s,
	set_config('pgbell.lock_timeout', current_setting('lock_timeout'), true) as lock_timeout \gset

do $$
declare
	commit_order constant text[] := '{notification,pending,migration,inbox,event}';
	tables regclass[] := array(
		select c.oid from pg_class c
		where c.relnamespace in (to_regnamespace('pgbell'), to_regnamespace('qa'))
			and c.relkind in ('r', 'p')
		order by array_position(commit_order, c.relname::text) nulls first,
			c.relname <> 'session', c.oid);
	deadline timestamptz := clock_timestamp() + current_setting('pgbell.wait')::float
		* interval '1 second';
	timeout_ms float := 50;
	busy regclass;
	holders text;
begin
	loop
		perform set_config('lock_timeout', timeout_ms::integer::text, true);
		begin
			foreach busy in array tables loop
				execute format('lock table %s in access exclusive mode', busy);
			end loop;
			exit;
		exception when lock_not_available then
			if clock_timestamp() > deadline then
				select string_agg(distinct pid::text, ', ') into holders
				from pg_locks
				where relation = busy and granted and pid <> pg_backend_pid();
				raise exception '% is in use by transactions that go on: pid %',
					busy, coalesce(holders, 'unknown')
					using hint = 'Try again when they are over (a dump, perhaps), with -v wait=<seconds>, '
						'or end them: select pg_terminate_backend(<pid>).';
			end if;
		end;
		timeout_ms := least(timeout_ms * 1.3, 800);
		perform pg_sleep(0.05 + 0.2 * random());
	end loop;
	perform set_config('lock_timeout', current_setting('pgbell.lock_timeout'), true);
end;
$$;
