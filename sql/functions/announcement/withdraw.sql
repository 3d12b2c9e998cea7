-- Function: pgbell.withdraw(1)
--   Takes an announcement back: nobody gets it any more, and it is deleted from the people who
--   have it, a few hundred at a time; pages get that as notification_deleted.
-- Parameters: announcement, its id
-- Returns: whether there was such a one, which had not expired
-- Errors: none
-- Tables: writes pgbell.announcement; see pgbell.end_announcements(1)
-- Callers: the owner; granted beside pgbell.announce(4)

create or replace function pgbell.withdraw(announcement bigint)
returns boolean language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	done text;
begin
	update pgbell.announcement a
	set expires_at = clock_timestamp()
	where a.id = $1 and (a.expires_at > clock_timestamp() or a.expires_at is null);
	if not found then
		return false;
	end if;
	done := pgbell.ring_due();
	return true;
end;
$$;
