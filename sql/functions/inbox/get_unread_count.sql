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
	unread integer;
	number bigint;
	is_all boolean;
begin
	-- What clients that poll ask most: one statement and one test for nearly all of them.
	select i.unread_count, i.seq, i.seen_seq is null
		and not (pgbell.has_announcements()
			and (select a.id from pgbell.announcement a order by a.id desc limit 1) > coalesce(i.announced_up_to, 0))
	into unread, number, is_all
	from pgbell.inbox i
	where i.address = caller;
	if is_all then
		return jsonb_build_object('user_id', caller, 'unread_count', unread, 'seq', number);
	end if;
	if pgbell.has_announcements()
	and (select a.id from pgbell.announcement a order by a.id desc limit 1)
		> coalesce((select i.announced_up_to from pgbell.inbox i where i.address = caller), 0)
	and (pgbell.take_announcements(array[caller])).taken = 1 then
		return pgbell.ask_anew('count', token);
	end if;
	return pgbell.describe_inbox(caller);
end;
$$;
