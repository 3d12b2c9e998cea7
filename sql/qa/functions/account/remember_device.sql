-- Function: qa.remember_device(2)
--   Notes that an account was signed in with a browser; see qa.sign_in(4).
-- Parameters: id       of the account
--             device   its token or the hash of it; empty, or not one of ours, to be given one; null:
--                      no device
-- Returns: {"device": its token}, which is a new one each time; {} for none
-- Errors: none
-- Tables: writes qa.device
-- Several people may sign in with one browser.  An account has the twenty that it used last.

create or replace function qa.remember_device(id bigint, device text)
returns jsonb language plpgsql volatile security definer
set search_path = qa, pgbell, pg_temp
as $$
declare
	renewed constant text := pgbell.random_token();
begin
	if device is null then
		return '{}';
	end if;
	update qa.device d
	set token_hash = pgbell.hash_token(renewed)
	where d.token_hash = pgbell.hash_token(device);
	insert into qa.device as d (account_id, token_hash)
	values (id, pgbell.hash_token(renewed))
	on conflict (token_hash, account_id) do update set used_at = now();
	delete from qa.device d
	where d.account_id = id and d.token_hash in (
		select o.token_hash
		from qa.device o
		where o.account_id = id
		order by o.used_at desc
		offset 20);
	return jsonb_build_object('device', renewed);
end;
$$;
