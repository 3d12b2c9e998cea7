-- Function: qa.check_password(2)
--   Whether this is the password.  Takes the same time when there is no such account.
-- Parameters: password   as the client sent it
--             hash       as stored, null when there is no such account
-- Returns: true or false
-- Errors, tables: none
-- Without an account a fresh salt makes for the same work as qa.hash_password(1).

create or replace function qa.check_password(password text, hash text)
returns boolean language sql volatile
return coalesce(
	:"pgcrypto".crypt(coalesce(password, ''), coalesce(hash, :"pgcrypto".gen_salt('bf', 10))) = hash
		and octet_length(password) <= 72,
	false);
