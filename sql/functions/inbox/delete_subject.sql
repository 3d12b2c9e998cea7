-- Function: pgbell.delete_subject(1)
--   Deletes the notifications about a subject and about what is under it, because it no longer exists:
--   question/7 includes question/7/answer/9.
-- Parameters: subject
-- Returns: how many were deleted
-- Errors: none
-- Tables: deletes from pgbell.notification, and from pgbell.due those that are put off; announcements about
--   it are withdrawn, see pgbell.withdraw(1)
-- Callers: the owner; may be granted to applications
-- Rows are locked in the order of their id, as pgbell.mark_all_read(2) does, so that the two
-- cannot deadlock.  '0' is the character after '/'.  What is being snoozed, coming back or being delivered is
-- in the other table a moment later: see pgbell.expire(1).

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
begin
	perform pgbell.withdraw(a.id)
	from pgbell.announcement a
	where a.subject = $1 or starts_with(a.subject, $1 || '/');
	loop
		ids := array(
			select n.id
			from pgbell.notification n
			where n.subject >= $1 and n.subject < $1 || '0'
				and (n.subject = $1 or n.subject > $1 || '/')
			order by n.id
			for update);
		delete from pgbell.due d
		where d.subject >= $1 and d.subject < $1 || '0' and (d.subject = $1 or d.subject > $1 || '/');
		delete from pgbell.notification n where n.id = any (ids);
		get diagnostics deleted_rows = row_count;
		deleted := deleted + deleted_rows;
		exit when deleted_rows < cardinality(ids) -- a trigger of the application's keeps one
			or not exists (
				select from pgbell.notification n
				where n.subject >= $1 and n.subject < $1 || '0' and (n.subject = $1 or n.subject > $1 || '/'))
			and not exists (
				select from pgbell.due d
				where d.subject >= $1 and d.subject < $1 || '0' and (d.subject = $1 or d.subject > $1 || '/'));
	end loop;
	return deleted;
end;
$$;
