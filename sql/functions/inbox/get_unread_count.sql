-- Function: pgbell.get_unread_count(1)
--   The caller's badge.
-- Parameters: token
-- Returns: {"user_id", "unread_count", "seq"}
-- Errors: PB401
-- Tables: reads pgbell.inbox, pgbell.announcement; see pgbell.take_announcements(1)

create or replace function pgbell.get_unread_count(token text)
returns jsonb language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
declare
	caller text := (pgbell.require_session(token)).user_id;
	newest bigint := (select a.id from pgbell.announcement a order by a.id desc limit 1);
begin
	if newest > coalesce((select i.announced_up_to from pgbell.inbox i where i.address = caller), 0)
	and (pgbell.take_announcements(array[caller])).taken = 1 then
		return pgbell.ask_anew('count', token);
	end if;
	return pgbell.describe_inbox(caller);
end;
$$;
