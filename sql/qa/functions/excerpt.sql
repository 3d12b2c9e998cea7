-- Function: qa.excerpt(1)
--   The beginning of a text, as one line of at most 140 characters.
-- Parameters: body
-- Returns: the excerpt, ending in … when there is more
-- Errors, tables: none

create or replace function qa.excerpt(body text)
returns text language plpgsql immutable
set search_path = qa, pgbell, pg_temp
as $$
declare
	-- A little more than is shown, so that a long body is not worked through to its end.
	line text := regexp_replace(left(body, 400), '\s+', ' ', 'g');
begin
	return case when char_length(line) <= 140 and char_length(body) <= 400 then line
		else rtrim(left(line, 139)) || '…' end;
end;
$$;
