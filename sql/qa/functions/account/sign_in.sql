-- Function: qa.sign_in(4)
--   Starts a session.
-- Parameters: token      not looked at
--             username, password
--             device     what the last sign-in with this browser has answered, or the hash of it;
--                        empty to be given it; null: no device
-- Returns: {"token", "expires_at", "user": {"id", "username"}}, with a device {"device"} too; or
--   {"refused": {"status", "detail", "retry_after_s"}}, since what is raised would undo the count:
--   401, the same and after the same time for a wrong name as for a wrong password; 429, whatever
--   the password, while it is too early to try again
-- Errors: none
-- Tables: reads qa.account; writes qa.attempt, qa.device; see pgbell.create_session(2)
-- Tries are counted by name, whoever makes them, as the OWASP Authentication Cheat Sheet has it.
-- That alone would let anybody keep a person out who goes on guessing.  So a browser that she has
-- signed in with before is counted for itself (OWASP, "Device Cookies"): the guesses of others do not
-- concern it.  Its token opens nothing: who steals it has a count of his own.

create or replace function qa.sign_in(token text, username text, password text, device text)
returns jsonb language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	name constant text := lower(normalize(btrim(coalesce(sign_in.username, '')), nfc));
	account qa.account;
	is_known boolean;
	bucket bytea;
	pause_s integer;
	session record;
begin
	select a.* into account
	from qa.account a
	where lower(a.username) = name;
	is_known := exists (
		select from qa.device d
		where d.account_id = account.id and d.token_hash = pgbell.hash_token(sign_in.device));
	bucket := sha256(convert_to(
		case when is_known then device || E'\n' || name else name end, 'UTF8'));
	pause_s := qa.count_attempt(bucket);
	if pause_s is not null then
		return jsonb_build_object('refused', jsonb_build_object('status', 429,
			'detail', format('Too many tries. Try again in %s second%s.', pause_s,
				case when pause_s = 1 then '' else 's' end),
			'retry_after_s', pause_s));
	elsif not qa.check_password(password, account.password_hash) then
		return jsonb_build_object('refused', jsonb_build_object('status', 401,
			'detail', 'The username or the password is wrong.'));
	end if;
	delete from qa.attempt a where a.counted_for = bucket;
	session := pgbell.create_session(account.id::text);
	return jsonb_build_object('token', session.token,
		'expires_at', pgbell.format_end(session.expires_at),
		'user', jsonb_build_object('id', account.id, 'username', account.username))
		|| qa.remember_device(account.id, device);
end;
$$;

-- The older one, for programs that run until they are started again.
create or replace function qa.sign_in(token text, username text, password text)
returns jsonb language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	answer constant jsonb := qa.sign_in(token, username, password, null);
begin
	if answer ? 'refused' then
		raise exception '%', answer #>> '{refused,detail}' using errcode = 'PB401';
	end if;
	return answer;
end;
$$;
