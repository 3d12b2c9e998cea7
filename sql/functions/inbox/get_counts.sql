-- Function: pgbell.get_counts(1)
--   How many unread notifications of each kind the caller has, for a page with a tab for each.
-- Parameters: token
-- Returns: {"user_id", "unread_count", "seq", "kinds": {kind: count}, "counted"}.  The newest 2,000 unread
--   ones are counted, which limits the cost; counted is how many these are: where it is below
--   unread_count, some kinds have more
-- Errors: PB401
-- Tables: as pgbell.list_notifications(4)
-- Plan: as pgbell.list_notifications(4)

create or replace function pgbell.get_counts(token text)
returns jsonb language plpgsql stable security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
	look_limit constant integer := 2000;
	caller text := (pgbell.require_session(token)).user_id;
	inbox pgbell.inbox;
	kinds jsonb;
	counted integer;
begin
	select * into inbox from pgbell.inbox i where i.address = caller;
	if pgbell.has_announcements()
	and (select a.id from pgbell.announcement a order by a.id desc limit 1) > coalesce(inbox.announced_up_to, 0)
	and (pgbell.take_announcements(array[caller])).taken = 1 then
		return pgbell.ask_anew('counts', token);
	end if;
	select jsonb_object_agg(k.kind, k.count), sum(k.count)
	into kinds, counted
	from (
		select n.kind, count(*)
		from pgbell.newest_unread(caller, inbox.read_up_to, inbox.read_except, look_limit) n
		group by n.kind
	) k;
	return pgbell.describe_inbox(caller) || jsonb_build_object('kinds', coalesce(kinds, '{}'),
		'counted', coalesce(counted, 0));
end;
$$;
