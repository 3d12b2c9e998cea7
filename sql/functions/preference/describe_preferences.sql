-- Function: pgbell.describe_preferences(1)
--   What a person has muted, and what can be muted.
-- Parameters: user_id
-- Returns: {"user_id", "can_mute", "mutes": [{"kind", "subject"}], "never_muted": [kinds]}, the oldest
--   mute first; null in a mute means all
-- Errors: none
-- Tables: reads pgbell.mute, pgbell.unmutable_kind
-- Form: runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.describe_preferences(user_id text)
returns jsonb language plpgsql stable
as $$
begin
	return jsonb_build_object('user_id', $1, 'can_mute', pgbell.has_mutes(),
		'mutes', (
			select coalesce(jsonb_agg(jsonb_build_object('kind', m.kind, 'subject', m.subject)
				order by m.created_at, m.kind, m.subject), '[]')
			from pgbell.mute m
			where m.user_id = $1),
		'never_muted', (
			select coalesce(jsonb_agg(u.kind order by u.kind), '[]') from pgbell.unmutable_kind u));
end;
$$;
