-- Function: pgbell.notify(7)
--   Notifies a person, in the caller's transaction: it rings when that commits.
-- Parameters: user_id   the application's key of the person: 1 to 128 bytes, no white space; a number is
--                       cast: 4711::text
--             kind      what happened, 1 to 64 characters, for the page to choose words and icon
--             data      a JSON object of at most 32,768 bytes, passed on to the page as it is
--             subject   what it is about, a path such as order/7; see pgbell.delete_subject(1)
--             key       while the person has an unread one with this key, no other is made: it becomes
--                       one with that, counts, and moves to the top; the badge does not rise.  1 to 200
--                       characters: notify('7', 'answer', '{"actor": "ines"}', key => 'question/12')
--             deliver_at   a time to come: till then it is neither listed nor counted
--             expires_at   a time at which it is taken away; see pgbell.expire_at(2)
-- Returns: the notification's id; null where the person has muted such, or it is put off
-- Errors: 23502, 23514 when a value is not as above
-- Tables: writes pgbell.notification; pgbell.due, with a time
-- Callers: the owner.  For an application with a role of its own:
--     grant usage on schema pgbell to shop;
--     grant execute on function pgbell.notify to shop;
--   or, for plain and bulk inserts and their RETURNING id:
--     grant insert (user_id, kind, data, subject), select (id) on pgbell.notification to shop;
--   Not the whole table: ids and times are not the application's to choose.  For upserts of its own, see
--   pgbell.collapse(0):
--     grant insert (key), select (user_id, key, read_at), update (data, place) on pgbell.notification
--         to shop;
-- Locks: with a key the person's notification of that key, until the transaction ends.  Whoever notifies
--   several people, or by several keys, in one transaction does so in the order of both: as with any
--   upsert, two that go by different orders are a deadlock.
-- An insert draws an id from a sequence, so lastval() is that one's behind it.  A trigger of an
--   application that asks for lastval() (PHP's lastInsertId() without a name) is therefore made a
--   constraint trigger, deferrable initially deferred: it notifies at the commit.

create or replace function pgbell.notify(user_id text, kind text, data jsonb default '{}',
	subject text default null, key text default null, deliver_at timestamptz default null,
	expires_at timestamptz default null)
returns bigint language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
#variable_conflict use_column
declare
	notification_id bigint;
begin
	if $6 > clock_timestamp() then
		insert into pgbell.due (at, task, user_id, kind, data, subject, key, expires_at)
		values ($6, 'deliver', $1, $2, $3, $4, $5, $7);
		return null;
	elsif $5 is null then
		insert into pgbell.notification as n (user_id, kind, data, subject)
		values ($1, $2, $3, $4)
		returning n.id into notification_id;
	else
		insert into pgbell.notification as n (user_id, kind, data, subject, key)
		values ($1, $2, $3, $4, $5)
		on conflict (user_id, key) where key is not null and read_at is null
		do update set kind = excluded.kind, data = excluded.data, subject = excluded.subject,
			place = excluded.id
		returning n.id into notification_id;
	end if;
	if $7 is not null and notification_id is not null then
		perform pgbell.expire_at(notification_id, $7);
	end if;
	return notification_id;
end;
$$;
