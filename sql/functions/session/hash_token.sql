-- Function: pgbell.hash_token(1)
--   What is kept of a secret: its SHA-256.  No salt, for a token is 256 random bits.
-- Parameters: token, or "sha256:" and that hash in 64 lower-case hexadecimal digits, which is how
--             programs tell it (PGBELL_TOKENS); may be null
-- Returns: 32 bytes; null for null
-- Errors: 22023 for what begins so and is no hash
-- Tables: none
-- Part of each request: no regular expression, which costs more than all of this.

create or replace function pgbell.hash_token(token text)
returns bytea language sql stable
return case
	when length(token) = 71 and left(token, 7) = 'sha256:' then decode(substr(token, 8), 'hex')
	else sha256(convert_to(token, 'UTF8'))
end;
