-- Function: pgbell.finish_event(6)
--   An event as it is told: what only its row and its log say is put into its data.
-- Parameters: address, seq, type, data, unread_count, created_at   as in pgbell.event; type may be reset
-- Returns: data as text, one line.  A person's has "unread_count"; a topic's has "topic" and "seq", and, if
--   it was published, "created_at"
-- Errors, tables: none

create or replace function pgbell.finish_event(address text, seq bigint, type text, data jsonb,
	unread_count integer, created_at timestamptz)
returns text language sql stable
return case
	when type = 'published' then data || jsonb_build_object('topic', substr(address, 2), 'seq', seq,
		'created_at', pgbell.format_time(created_at))
	when starts_with(address, chr(1)) then data || jsonb_build_object('topic', substr(address, 2))
	else data || jsonb_build_object('unread_count', unread_count)
end::text;
