-- Function: qa.create_user(3)
--   Signs up.
-- Parameters: token      not looked at
--             username   1 to 64 characters, no control characters, not taken (upper and lower case
--                        are the same)
--             password   8 characters at least, and 72 bytes at most
-- Returns: {"id", "username"}
-- Errors: PB422; PB409 when the name is taken
-- Tables: writes qa.account

create or replace function qa.create_user(token text, username text, password text)
returns jsonb language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
#variable_conflict use_column
declare
	name text := qa.clean_text(username, '/username', 64, is_line => true);
	account_id bigint;
begin
	if char_length(coalesce(password, '')) < 8 then
		raise exception 'The password must have at least 8 characters.'
			using errcode = 'PB422', detail = '/password';
	elsif octet_length(password) > 72 then
		raise exception 'The password must not be longer than 72 bytes.'
			using errcode = 'PB422', detail = '/password';
	end if;
	insert into qa.account (username, password_hash)
	values (name, qa.hash_password(password))
	on conflict (lower(username)) do nothing
	returning id into account_id;
	if account_id is null then
		raise exception 'This username is taken.' using errcode = 'PB409', detail = '/username';
	end if;
	return jsonb_build_object('id', account_id, 'username', name);
end;
$$;
