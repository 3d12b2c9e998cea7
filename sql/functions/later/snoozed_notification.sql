-- Function: pgbell.snoozed_notification(1)
--   A notification that was snoozed, as its row was.
-- Parameters: task, a row of pgbell.due, its task 'return'
-- Returns: a row of pgbell.notification
-- Errors, tables: none
-- The columns have the same names in both tables.

create or replace function pgbell.snoozed_notification(task pgbell.due)
returns pgbell.notification language sql stable
as $$
	select jsonb_populate_record(null::pgbell.notification,
		to_jsonb(task) || jsonb_build_object('id', (task).notification_id));
$$;
