-- Function: pgbell.delete_subject(1)
--   Deletes the notifications about a subject and about what is under it, because it no longer exists:
--   question/7 includes question/7/answer/9.
-- Parameters: subject
-- Returns: how many were deleted
-- Errors: none; where a trigger or a rule of the application's keeps some, a warning names it
-- Tables: deletes from pgbell.notification, and from pgbell.due those that are put off; announcements about
--   it are withdrawn, see pgbell.withdraw(1)
-- Callers: the owner; may be granted to applications
-- Rows are locked in the order of their id, as pgbell.mark_all_read(2) does, so that the two
-- cannot deadlock.  What is being snoozed, coming back or being delivered is in the other table a moment
-- later: see pgbell.expire(1).

create or replace function pgbell.delete_subject(subject text)
returns bigint language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
	ids bigint[];
	deleted_rows bigint;
	deleted bigint := 0;
	kept bigint;
begin
	perform pgbell.withdraw(a.id)
	from pgbell.announcement a
	where pgbell.is_about(a.subject, $1);
	loop
		ids := array(
			select n.id
			from pgbell.notification n
			where pgbell.is_about(n.subject, $1)
			order by n.id + 0 -- sorted, see pgbell.mark_all_of(2)
			for update);
		delete from pgbell.due d where pgbell.is_about(d.subject, $1);
		delete from pgbell.notification n where n.id = any (ids);
		get diagnostics deleted_rows = row_count;
		deleted := deleted + deleted_rows;
		if exists (select from pgbell.notification n where pgbell.is_about(n.subject, $1)) then
			select count(*) into kept from pgbell.notification n where n.id = any (ids);
			if kept > 0 then
				raise warning 'pgbell.delete_subject: % keeps notifications: %', pgbell.name_keepers('pgbell.notification'), kept;
				exit;
			end if;
		else
			exit when not exists (select from pgbell.due d where pgbell.is_about(d.subject, $1));
		end if;
	end loop;
	return deleted;
end;
$$;
