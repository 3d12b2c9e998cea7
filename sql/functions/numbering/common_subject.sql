-- Function: pgbell.common_subject(2)
--   What two things have in common, as paths: of question/7/answer/9 and question/7/comment/2
--   question/7.
-- Parameters: one, other
-- Returns: the longest path that both begin with; null where they begin with none, or one is null
-- Errors, tables: none

create or replace function pgbell.common_subject(one text, other text)
returns text language plpgsql immutable
set search_path = pgbell, pg_temp
as $$
declare
	path text := one;
begin
	while starts_with(other || '/', path || '/') is not true loop
		path := substring(path from '^(.*)/[^/]*$');
		exit when path is null or other is null;
	end loop;
	return nullif(path, '');
end;
$$;
