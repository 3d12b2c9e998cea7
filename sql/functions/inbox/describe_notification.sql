-- Function: pgbell.describe_notification(5)
--   A notification as lists and events show it.
-- Parameters: id, kind, data, created_at, read_at, as in pgbell.notification
-- Returns: {"id", "kind", "data", "created_at", "read_at"}
-- Errors, tables: none
-- Columns and not the row: so it can be inlined.  json, which is only text, and not jsonb, which would
-- be built to be written out again at once: a page of 20 takes four fifths of the time.

create or replace function pgbell.describe_notification(id bigint, kind text, data jsonb,
	created_at timestamptz, read_at timestamptz)
returns json language sql stable
return json_build_object('id', id, 'kind', kind, 'data', data,
	'created_at', pgbell.format_time(created_at), 'read_at', pgbell.format_time(read_at));
