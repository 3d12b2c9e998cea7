-- Function: pgbell.knows_token(1)
--   Whether a token is somebody's: asked where a call has failed, and the reason may be that
--   pgbell.authenticate(1) stumbled over its token, which is then no error, but a refusal.
-- Parameters: token, as pgbell.identify(1) takes it
-- Returns: true if so
-- Errors: none because of a token; see pgbell.identify(1)
-- Tables: see pgbell.identify(1)

create or replace function pgbell.knows_token(token text)
returns boolean language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
begin
	return exists (select from pgbell.identify(token));
end;
$$;
