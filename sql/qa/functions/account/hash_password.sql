-- Function: qa.hash_password(1)
--   A password as it is stored: bcrypt, cost 10, some 50 ms of work.
-- Parameters: password, at most 72 bytes: bcrypt does not look at what follows
-- Returns: the hash, with its salt and cost in it
-- Errors, tables: none
-- The body is parsed here and keeps hold of pgcrypto's functions; see pgbell.random_token(0).

create or replace function qa.hash_password(password text)
returns text language sql volatile
return :"pgcrypto".crypt(password, :"pgcrypto".gen_salt('bf', 10));
