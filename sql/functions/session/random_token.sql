-- Function: pgbell.random_token(0)
--   A new secret of 256 random bits.
-- Returns: 43 characters, base64url without padding (RFC 4648, section 5)
-- Errors, tables: none
-- The schema of pgcrypto differs between hosts; install.sql looks it up and the body, which is
-- parsed here and now, keeps hold of the very function.

create or replace function pgbell.random_token()
returns text language sql volatile
return translate(rtrim(encode(:"pgcrypto".gen_random_bytes(32), 'base64'), '='), '+/', '-_');
