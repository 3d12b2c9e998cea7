-- Function: pgbell.describe_new(4)
--   A notification as its event new_notification tells it.
-- Parameters: id, kind, data, created_at, as in pgbell.notification
-- Returns: {"id", "kind", "data", "created_at"}
-- Errors, tables: none
-- Columns and not the row: so it can be inlined also where a trigger has the row in hand.

create or replace function pgbell.describe_new(id bigint, kind text, data jsonb,
	created_at timestamptz)
returns jsonb language sql stable
return jsonb_build_object('id', id, 'kind', kind, 'data', data,
	'created_at', pgbell.format_time(created_at));
