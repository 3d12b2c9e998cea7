-- Function: pgbell.describe_installation(1)
--   What there is beyond schema pgbell, for the document that describes the interface.
-- Parameters: token, not looked at
-- Returns: {"example": whether the example application is installed}
-- Errors, tables: none

create or replace function pgbell.describe_installation(token text)
returns jsonb language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
begin
	return jsonb_build_object('example', to_regnamespace('qa') is not null);
end;
$$;
