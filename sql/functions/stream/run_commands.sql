-- Function: pgbell.run_commands(6)
--   Does what clients of WebSockets ask for, a whole batch in one round trip and one transaction.
-- Parameters, all of the same length: as pgbell.run_command(6); command null: nothing is asked for
-- Returns: a row for each, in order (ord 1 … n): status, as the REST side would answer, and body, what
--   pgbell.run_command(6) returned, or from 400 on a sentence
-- Errors: what has nothing to do with a command goes on: connections, snapshots, space, time
-- Tables: see pgbell.run_command(6)
-- A command that fails undoes what it did, and nothing of the others.  Each waits for a lock as long as
-- lock_timeout says, and is told to try again; and so are then the person's others of this batch, at once.

create or replace function pgbell.run_commands(tokens text[], sessions text[], people text[],
	commands text[], numbers bigint[], topics text[])
returns table (ord integer, status integer, body text)
language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set jit = off
as $$
declare
	asked record;
	busy text[] := '{}'; -- who waits for a lock, by token or session
begin
	for asked in
		select c.*
		from unnest(tokens, sessions, people, commands, numbers, topics) with ordinality
			as c (token, session, person, command, number, topic, ord)
		where c.command is not null
		order by c.ord
	loop
		ord := asked.ord;
		begin
			status := 200;
			if asked.command not in ('follow', 'unfollow') and coalesce(asked.token, asked.session) = any (busy) then
				raise lock_not_available;
			end if;
			body := pgbell.run_command(asked.token, asked.session, asked.person, asked.command, asked.number,
				asked.topic);
			-- What the application's own triggers would say at the commit, where it would be all of the batch's.
			set constraints all immediate;
			set constraints all deferred;
		exception when others or assert_failure then -- others leaves assertions out
			if sqlstate ~ '^PB\d{3}$' then
				status := right(sqlstate, 3)::integer;
			elsif sqlstate in ('55P03', '40P01') then
				status := 503;
			elsif left(sqlstate, 2) in ('22', '23') then
				status := 422;
			elsif pgbell.concerns_all(sqlstate) then
				raise;
			else
				raise warning 'pgbell.run_commands: % (%)', sqlerrm, sqlstate;
				status := 500;
			end if;
			if status = 503 then
				busy := busy || coalesce(asked.token, asked.session);
			end if;
			body := case when left(sqlstate, 2) = 'PB' then sqlerrm
				else 'It cannot be done just now. Try again in a moment.' end;
		end;
		return next;
	end loop;
end;
$$;
