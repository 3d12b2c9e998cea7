-- Function: pgbell.describe_event(5)
--   A notification as its events tell it: what pgbell.describe_notification(5) gives, to be kept.
-- Parameters: as there
-- Returns: {"id", "kind", "data", "created_at", "read_at"}
-- Errors, tables: none

create or replace function pgbell.describe_event(id bigint, kind text, data jsonb,
	created_at timestamptz, read_at timestamptz)
returns jsonb language sql stable
return jsonb_build_object('id', id, 'kind', kind, 'data', data,
	'created_at', pgbell.format_time(created_at), 'read_at', pgbell.format_time(read_at));
