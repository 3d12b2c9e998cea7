-- Function: qa.clean_text(4)
--   A text as it is stored, or an error: without white space at its ends, in Unicode's normal form
--   C (so that equal looking names are equal).
-- Parameters: value     as the client sent it, may be null
--             field     its JSON pointer, such as /title
--             longest   in characters
--             is_line   whether it is a single line, which no control character may break
-- Returns: the text
-- Errors: PB422 with the pointer when it is empty, too long, or has control characters
-- Tables: none

create or replace function qa.clean_text(value text, field text, longest integer, is_line boolean)
returns text language plpgsql immutable
set search_path = qa, pgbell, pg_temp
as $$
declare
	spaces constant text := E' \t\n\r\f\u000b\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005'
		'\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';
	cleaned text := normalize(btrim(coalesce(value, ''), spaces), nfc);
	name text := ltrim(field, '/');
begin
	if cleaned = '' then
		raise exception 'The % must not be empty.', name using errcode = 'PB422', detail = field;
	elsif char_length(cleaned) > longest then
		raise exception 'The % must not be longer than % characters.', name, longest
			using errcode = 'PB422', detail = field;
	elsif is_line and cleaned ~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]' then
		raise exception 'The % must not contain control characters.', name
			using errcode = 'PB422', detail = field;
	end if;
	return cleaned;
end;
$$;
