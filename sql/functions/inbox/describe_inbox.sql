-- Function: pgbell.describe_inbox(1)
--   The badge of a person and the number it belongs to, and whose they are.
-- Parameters: user_id
-- Returns: {"user_id", "unread_count", "seq"}; zeros for a person who was never notified.
--   "unseen_count" too, where pages say what is seen: pgbell.mark_seen(2)
-- Errors: none
-- Tables: reads pgbell.inbox; see pgbell.count_unseen(1)
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.describe_inbox(user_id text)
returns jsonb language plpgsql stable
as $$
declare
	unread integer;
	number bigint;
	seen bigint;
begin
	select i.unread_count, i.seq, i.seen_seq into unread, number, seen
	from pgbell.inbox i
	where i.address = $1;
	if seen is not null then
		return jsonb_build_object('user_id', $1, 'unread_count', unread, 'seq', number,
			'unseen_count', pgbell.count_unseen($1));
	end if;
	return jsonb_build_object('user_id', $1, 'unread_count', coalesce(unread, 0),
		'seq', coalesce(number, 0));
end;
$$;
