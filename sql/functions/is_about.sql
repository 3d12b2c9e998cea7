-- Function: pgbell.is_about(2)
--   Whether a subject is this one or under it: question/7 is, and question/7/answer/9, and question/77 is not.
-- Parameters: subject, about
-- Returns: true or false; null where one is null
-- Errors, tables: none
-- Plan: in a query it is inlined, and then an index on subjects finds them: hence the range, in which '0' is the
--   character behind '/'.  Its body is text, so that it compares as the column does: by the byte.

create or replace function pgbell.is_about(subject text, about text)
returns boolean language sql immutable parallel safe
as $$
	select $1 >= $2 and $1 < $2 || '0' and ($1 = $2 or $1 > $2 || '/')
$$;
