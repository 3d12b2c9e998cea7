-- Function: pgbell.describe_listed(2)
--   A notification as lists show it.
-- Parameters: n         a row of pgbell.notification
--             read_at   when it was read, also where its row does not say so yet; null: it is unread
-- Returns: {"id", "kind", "data", "created_at", "read_at"}; with "subject" where it has one, and
--   pgbell.describe_merged(1) where others were merged with it: the same as pgbell.describe_event(2) tells
-- Errors, tables: none
-- Form: as pgbell.describe_event(2).  The common cases are json, which is only text, and not jsonb, which
--   would be built to be written out again at once: a page of 20 takes four fifths of the time.

create or replace function pgbell.describe_listed(n pgbell.notification, read_at timestamptz)
returns json language sql stable
as $$
	select case
		when n.place is not null then pgbell.describe_placed(n, read_at)
		when n.subject is not null then json_build_object('id', n.id, 'kind', n.kind::text, 'data', n.data::jsonb,
			'created_at', pgbell.format_time(n.created_at), 'read_at', pgbell.format_time(read_at),
			'subject', n.subject::text)
		else json_build_object('id', n.id, 'kind', n.kind::text, 'data', n.data::jsonb,
			'created_at', pgbell.format_time(n.created_at), 'read_at', pgbell.format_time(read_at))
	end;
$$;
