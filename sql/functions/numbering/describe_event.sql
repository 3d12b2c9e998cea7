-- Function: pgbell.describe_event(2)
--   A notification as its events tell it: the same as pgbell.describe_listed(2) shows, to be kept.
-- Parameters: n         a row of pgbell.notification
--             read_at   when it was read, also where its row does not say so yet; null: it is unread
-- Returns: {"id", "kind", "data", "created_at", "read_at"}; with "subject" where it has one, and
--   pgbell.describe_merged(1) where others were merged with it
-- Errors, tables: none
-- Form: in a query it is inlined, and then the row is never built where n is a table, or of all of a
--   table's columns and cast: n::pgbell.notification.

create or replace function pgbell.describe_event(n pgbell.notification, read_at timestamptz)
returns jsonb language sql stable
as $$
	select jsonb_build_object('id', n.id, 'kind', n.kind::text, 'data', n.data::jsonb,
		'created_at', pgbell.format_time(n.created_at), 'read_at', pgbell.format_time(read_at))
		|| case when n.subject is null then '{}' else jsonb_build_object('subject', n.subject::text) end
		|| pgbell.describe_merged(n);
$$;
