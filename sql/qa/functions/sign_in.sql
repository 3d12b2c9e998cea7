-- Function: qa.sign_in(3)
--   Starts a session.
-- Parameters: token      not looked at
--             username, password
-- Returns: {"token", "expires_at", "user": {"id", "username"}}
-- Errors: PB401, the same and after the same time for a wrong name as for a wrong password
-- Tables: reads qa.account; see pgbell.create_session(2)

create or replace function qa.sign_in(token text, username text, password text)
returns jsonb language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	account qa.account;
	session record;
begin
	select a.* into account
	from qa.account a
	where lower(a.username) = lower(normalize(btrim(sign_in.username), nfc));
	if not qa.check_password(password, account.password_hash) then
		raise exception 'The username or the password is wrong.' using errcode = 'PB401';
	end if;
	session := pgbell.create_session(account.id::text);
	return jsonb_build_object('token', session.token,
		'expires_at', pgbell.format_time(session.expires_at),
		'user', jsonb_build_object('id', account.id, 'username', account.username));
end;
$$;
