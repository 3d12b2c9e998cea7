-- Function: qa.count_attempt(1)
--   Counts a try to sign in as a failure, before the password is looked at, or says that it comes
--   too early.  Who tries at the same time waits for the first one's end, so there is no more to be
--   had by trying side by side.  Whoever was right takes the count away.
-- Parameters: counted_for   SHA-256 of the account's name, whether there is one or not, or of the device
-- Returns: null, or how many seconds to wait; then nothing was counted
-- Errors: none
-- Tables: writes qa.attempt
-- The wait is for passwords that are looked at, which takes some 50 ms each, and on a busy machine much
-- longer; so it has a limit of its own. It is never long: the sixth try comes too early at once.
-- An hour after the last failure the count is forgotten, and so are some others' that are as old: a
-- try makes one row and takes away up to ten.  A row of the future is one of a clock that was set back.

create or replace function qa.count_attempt(counted_for bytea)
returns integer language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
set lock_timeout = '8s'
as $$
#variable_conflict use_column
declare
	memory constant interval := '1 hour';
	pause interval;
begin
	insert into qa.attempt as a (counted_for, failures, tried_at)
	values ($1, 1, clock_timestamp())
	on conflict (counted_for) do update
	set failures = case when a.tried_at < clock_timestamp() - memory then 1 else a.failures + 1 end,
		tried_at = clock_timestamp()
	where not (clock_timestamp() >= a.tried_at
		and clock_timestamp() < a.tried_at + qa.pause_after(a.failures));
	if not found then
		select a.tried_at + qa.pause_after(a.failures) - clock_timestamp() into pause
		from qa.attempt a
		where a.counted_for = $1;
		return greatest(1, ceil(extract(epoch from pause)));
	end if;
	delete from qa.attempt a
	where a.counted_for in (
		select o.counted_for
		from qa.attempt o
		where o.tried_at < clock_timestamp() - memory
		limit 10
		for update skip locked);
	return null;
end;
$$;
