-- Function: pgbell.newest_unread(4)
--   A person's newest unread notifications, those that were marked in place of their rows left out: many may
--   lie between an unread one and the newest, and are not looked at.
-- Parameters: user_id
--             read_up_to, read_except   of that person's inbox
--             lim                       at most so many
-- Returns: rows of pgbell.notification
-- Errors: none
-- Tables: reads pgbell.notification
-- Callers: pgbell.claim_unread(4), pgbell.count_unseen(1), pgbell.get_counts(1)
-- Form: one statement, which is put into those that ask; it runs as its caller, who has pinned the search_path.

create or replace function pgbell.newest_unread(user_id text, read_up_to bigint, read_except bigint[], lim bigint)
returns setof pgbell.notification language sql stable
as $$
	(select n.*
	from pgbell.notification n
	where n.user_id >= $1 and (n.user_id, coalesce(n.place, n.id)) < ($1, 9223372036854775807)
		and (n.user_id, coalesce(n.place, n.id)) > ($1, coalesce($2, -9223372036854775808))
		and n.read_at is null and not pgbell.is_covered(n.id, $2, $3)
	order by n.user_id desc, coalesce(n.place, n.id) desc
	limit lim)
	union all
	(select n.*
	from unnest($3) e (id)
	cross join lateral (
		select * from pgbell.notification n where n.id = e.id offset 0
	) n
	where coalesce(n.place, n.id) <= $2 and n.user_id = $1 and n.read_at is null
	order by coalesce(n.place, n.id) desc)
	limit lim;
$$;
