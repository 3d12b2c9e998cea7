-- Function: pgbell.describe_listed(8)
--   A notification as lists show it.
-- Parameters: id, kind, data, created_at, count, actors, place, as in pgbell.notification
--             read_at   when it was read, also where its row does not say so yet; null: it is unread
-- Returns: pgbell.describe_notification(5); with pgbell.describe_again(3) where others have become one
--   with it
-- Errors, tables: none
-- Columns and not the row: so it is inlined.  The common case, without place, makes no jsonb.

create or replace function pgbell.describe_listed(id bigint, kind text, data jsonb,
	created_at timestamptz, read_at timestamptz, count integer, actors jsonb, place bigint)
returns json language sql stable
return case
	when place is null then pgbell.describe_notification(id, kind, data, created_at, read_at)
	else (pgbell.describe_event(id, kind, data, created_at, read_at)
		|| pgbell.describe_again(count, actors, place))::json end;
