-- Function: pgbell.notify(7)
--   Makes a notification for a person, in the caller's transaction: open pages get it when that commits.
-- Parameters: user_id   the application's key of the person: 1 to 128 bytes, no white space; a number is
--                       cast: 4711::text
--             kind      what happened, 1 to 64 characters; a page chooses words and icon by it
--             data      a JSON object of at most 32,768 bytes, for the page
--             subject   what it is about, a path such as order/7; see pgbell.delete_subject(1)
--             key       where the person has an unread notification with this key, this one is merged with
--                       it: that one counts how many, and moves to the top; the unread count stays.  1 to
--                       200 characters: notify('7', 'answer', '{"actor": "ines"}', key => 'question/12')
--             deliver_at   puts it off: until this time it is neither listed nor counted
--             expires_at   when it is deleted by itself; see pgbell.expire_at(2).  Where that time is over,
--                          also when one that was put off would come, nobody gets it
-- Returns: the notification's id; null where the person has muted it, or it is put off, or its time is over
-- Errors: 23502, 23514 when a value is not as above; 22023 where it would be gone before it comes
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
-- Locks: with a key, the person's notification with that key until the transaction ends.  A transaction
--   that notifies several people or uses several keys should do so in the order of both: as with any
--   upsert, two transactions in different orders may deadlock.
-- An insert takes an id from a sequence, which changes lastval().  So where an application uses lastval()
--   (PHP's lastInsertId() without a name) behind an insert whose trigger notifies, make that a constraint
--   trigger, deferrable initially deferred: it then notifies at the commit.

create or replace function pgbell.notify(user_id text, kind text, data jsonb default '{}',
	subject text default null, key text default null, deliver_at timestamptz default null,
	expires_at timestamptz default null)
returns bigint language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
#variable_conflict use_column
declare
	notification_id bigint;
	done text;
begin
	if $7 <= $6 then
		raise exception 'expires_at is not later than deliver_at' using errcode = 'invalid_parameter_value',
			hint = 'It would be gone before it comes.';
	elsif $7 <= now() then
		return null;
	elsif $6 > clock_timestamp() then
		insert into pgbell.due (at, task, user_id, kind, data, subject, key, expires_at)
		values ($6, 'deliver', $1, $2, $3, $4, $5, $7);
		if $6 < clock_timestamp() + interval '10 seconds' then
			done := pgbell.ring_due();
		end if;
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
