-- Function: pgbell.announce(4)
--   Tells everybody, by one row and not by a row a person: each person, also one who signs up later, has it
--   once, with a read state of her own, until it expires or is withdrawn.
-- Parameters: kind, data   as pgbell.notify(7) has them
--             expires_at   when it goes from everybody's list; null: it stays until it is withdrawn
--             subject      what it is about: people may have muted that, and pgbell.delete_subject(1)
--                          withdraws it
-- Returns: the announcement's id, for pgbell.withdraw(1)
-- Errors: 23502, 23514 when a value is not as above; 22023 for a time that is over
-- Tables: writes pgbell.announcement; see pgbell.expect_announcements(0)
-- Callers: the owner.  For an application with a role of its own:
--     grant usage on schema pgbell to shop;
--     grant execute on function pgbell.announce, pgbell.withdraw to shop;
--   A role that has neither is refused (42501).
-- It becomes a notification of a person's the first time that she is there behind it: when she opens a
--   stream, or asks for her list, her count or her events; at once where she has a stream open.  It is told
--   as any other, and what mutes it is decided then.
-- Locks: other announcements wait until the transaction ends, so that ids become visible in their order:
--   pgbell.inbox.announced_up_to counts on that.

create or replace function pgbell.announce(kind text, data jsonb default '{}',
	expires_at timestamptz default null, subject text default null)
returns bigint language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	announcement_id bigint;
	done text;
begin
	if $3 <= clock_timestamp() then
		raise exception 'expires_at is a time that is over' using errcode = 'invalid_parameter_value',
			hint = 'An announcement is for those who come until then. Leave it out, and it stays.';
	end if;
	perform pgbell.expect_announcements(); -- which locks
	insert into pgbell.announcement as a (kind, data, expires_at, subject)
	values ($1, $2, $3, $4)
	returning a.id into announcement_id;
	done := pgbell.ring_due();
	return announcement_id;
end;
$$;
