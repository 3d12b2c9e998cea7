-- Function: pgbell.describe_notification(1)
--   A notification as the list shows it.
-- Parameters: n, a row of pgbell.notification
-- Returns: {"id", "kind", "data", "created_at", "read_at"}
-- Errors, tables: none

create or replace function pgbell.describe_notification(n pgbell.notification)
returns json language sql stable
return json_build_object('id', n.id, 'kind', n.kind, 'data', n.data,
	'created_at', pgbell.format_time(n.created_at), 'read_at', pgbell.format_time(n.read_at));
