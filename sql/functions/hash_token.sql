-- Function: pgbell.hash_token(1)
--   What is kept of a secret: its SHA-256.  No salt, for a token is 256 random bits.
-- Parameters: token, may be null
-- Returns: 32 bytes; null for null
-- Errors, tables: none

create or replace function pgbell.hash_token(token text)
returns bytea language sql stable
return sha256(convert_to(token, 'UTF8'));
