-- Function: pgbell.changed_after(2)
--   Which notifications are new, changed or unread again in a person's log behind a number: a page that has
--   the log up to there does not show these as they are now.
-- Parameters: user_id
--             after, a seq; null for the end of the log
-- Returns: their ids
-- Errors: none
-- Tables: reads pgbell.event
-- Stable: a statement that uses it sees the log and the notifications of one moment.

create or replace function pgbell.changed_after(user_id text, after bigint)
returns setof bigint language sql stable
set search_path = pgbell, pg_temp
as $$
	select (t.id)::bigint
	from pgbell.event e
	cross join lateral jsonb_array_elements_text(
		coalesce(e.data -> 'ids', jsonb_build_array(e.data -> 'id'))) t (id)
	where e.address = $1 and e.seq > $2
		and e.type in ('new_notification', 'notification_changed', 'notification_unread');
$$;
