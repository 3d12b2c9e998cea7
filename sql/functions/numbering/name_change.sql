-- Function: pgbell.name_change(4)
--   Which event a notification's state before and after a transaction make.
-- Parameters: was_unread, is_changed   as in pgbell.pending
--             is_there                 whether there is such a notification now
--             delta                    what it adds to the number of unread ones
-- Returns: the event's type; null for none, as for a notification that came and went
-- Errors, tables: none

create or replace function pgbell.name_change(was_unread boolean, is_changed boolean,
	is_there boolean, delta integer)
returns text language sql immutable
return case
	when not is_there then case when was_unread is not null then 'notification_deleted' end
	when was_unread is null then 'new_notification'
	when is_changed then 'notification_changed'
	when delta < 0 then 'notification_read'
	when delta > 0 then 'notification_unread'
end;
