-- Function: pgbell.number_at_commit(0)
--   Deferred constraint trigger on pgbell.pending, for the first note of each statement, just
--   before the transaction commits: gives everything noted its number, all of it the first time.
-- Tables: reads and empties pgbell.pending (this transaction's part); see pgbell.number_note(4),
--   pgbell.number_pending(0)
-- Plan: statistics about pgbell.pending are never right, so scans of all of it are switched off.

create or replace function pgbell.number_at_commit()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
as $$
declare
	number bigint;
begin
	-- Often this and nothing else was noted: that is found out and done in one look.
	delete from pgbell.pending p
	where p.txid = new.txid and p.user_id = new.user_id and p.ord = new.ord
		and not exists (select from pgbell.pending q where q.txid = new.txid offset 1)
		and coalesce(current_setting('pgbell.noted', true), '') !~ '^[0-9]';
	if found then
		number := pgbell.number_note(new.user_id, new.type, new.data, new.delta);
	elsif exists (select from pgbell.pending p where p.txid = new.txid) then
		number := pgbell.number_pending();
	end if;
	return null;
end;
$$;
