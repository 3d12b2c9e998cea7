-- Function: pgbell.import_notification(6)
--   Copies a notification from an older system, with the times that it had there.
-- Parameters: user_id, kind, data, subject   as pgbell.notify(7) has them
--             created_at                     when it was made
--             read_at                        when it was read; null: it is unread
-- Returns: the notification's id.  Lists are in the order of ids, so import the oldest first
-- Errors: 23502, 23514 when a value is not as above, or a time before the year 1 or after 9999
-- Tables: writes pgbell.notification
-- Callers: the owner; may be granted to an application

create or replace function pgbell.import_notification(user_id text, kind text, data jsonb,
	subject text, created_at timestamptz, read_at timestamptz)
returns bigint language sql volatile security definer
set search_path = pgbell, pg_temp
as $$
	insert into pgbell.notification (user_id, kind, data, subject, created_at, read_at)
	values ($1, $2, $3, $4, $5, $6)
	returning id;
$$;
