-- Function: pgbell.hash_token(1)
--   The SHA-256 of a secret, which is what is stored.  Without salt, since a token is 256 random bits.
-- Parameters: token, or "sha256:" and the hash in 64 lower-case hexadecimal digits, as programs send it
--             (PGBELL_TOKENS); may be null
-- Returns: 32 bytes; null for null
-- Errors: 22023 for "sha256:" with no hash behind it
-- Tables: none
-- Callers: the owner, in a pgbell.authenticate(1) of its own; functions here
-- Part of each request, so it has no regular expression, which would cost more than all the rest.

create or replace function pgbell.hash_token(token text)
returns bytea language sql stable
return case
	when length(token) = 71 and left(token, 7) = 'sha256:' then decode(substr(token, 8), 'hex')
	else sha256(convert_to(token, 'UTF8'))
end;
