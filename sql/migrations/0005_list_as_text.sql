-- 0005: a list is built as json, and what a function returns cannot be replaced.

drop function if exists pgbell.list_notifications(text, integer, bigint, boolean);
drop function if exists pgbell.describe_notification(pgbell.notification);
