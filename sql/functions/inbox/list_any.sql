-- Function: pgbell.list_notifications(6)
--   The caller's notifications: all of them, or those of one kind, about one subject, or both.
-- Parameters: as pgbell.list_filtered(6)
-- Returns, errors, tables: as pgbell.list_notifications(4) where both kind and subject are null, else as
--   pgbell.list_filtered(6)
-- Form: in a query it is inlined, so the list that most requests ask for costs no call besides its own.  It runs as
--   its caller.

create or replace function pgbell.list_notifications(token text, lim integer, before bigint,
	unread boolean, kind text, subject text)
returns json language sql stable
return case
	when kind is null and subject is null then pgbell.list_notifications(token, lim, before, unread)
	else pgbell.list_filtered(token, lim, before, unread, kind, subject)
end;
