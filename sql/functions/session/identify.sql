-- Function: pgbell.identify(1)
--   Who a caller is: pgbell.authenticate(1) for each token that was shown, until one is known.
-- Parameters: token   as a program tells it, null when none was shown: "sha256:" and the hash of a
--                     token, or the token; several with a space between, where a browser has several
--                     cookies of the name
-- Returns: one row as pgbell.authenticate(1) has it, or none
-- Errors: none because of a token.  An application's function that stumbles over one, as over a uuid
--   that is none, has refused it; a warning names the SQLSTATE, since the message may name the
--   token.  What has nothing to do with a token goes on: locks, time, rights, what does not exist.
-- Tables: see pgbell.authenticate(1)

create or replace function pgbell.identify(token text)
returns table (user_id text, session_id text, expires_at timestamptz)
language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
#variable_conflict use_column
declare
	one text;
begin
	foreach one in array coalesce(string_to_array(token, ' '), '{}') loop
		begin
			return query
			select a.user_id, a.session_id, a.expires_at
			from pgbell.authenticate(one) a
			where ascii(a.user_id) > 32 -- what begins with a control character is no person, but a topic's address
			limit 1;
			if found then
				return;
			end if;
		exception when others or assert_failure then -- others leaves assertions out
			if left(sqlstate, 2) in ('08', '0A', '25', '3F', '40', '42', '53', '54', '55', '57', '58', 'XX') then
				raise;
			end if;
			raise warning 'pgbell.authenticate() raised % for a token, which is refused', sqlstate
				using errcode = 'PB001';
		end;
	end loop;
end;
$$;
