-- Function: pgbell.notify(4)
--   Notifies a person, in the caller's transaction: it rings when that commits.
-- Parameters: user_id   the application's key of the person: 1 to 128 bytes, no white space; a number is
--                       cast: 4711::text
--             kind      what happened, 1 to 64 characters, for the page to choose words and icon
--             data      a JSON object of at most 32,768 bytes, passed on to the page as it is
--             subject   what it is about, a path such as order/7; see pgbell.delete_subject(1)
-- Returns: the notification's id
-- Errors: 23502, 23514 when a value is not as above
-- Tables: writes pgbell.notification
-- Callers: the owner.  For an application with a role of its own:
--     grant usage on schema pgbell to shop;
--     grant execute on function pgbell.notify to shop;
--   or, for plain and bulk inserts and their RETURNING id:
--     grant insert (user_id, kind, data, subject), select (id) on pgbell.notification to shop;
--   Not the whole table: ids and times are not the application's to choose.
-- An insert draws an id from a sequence, so lastval() is that one's behind it.  A trigger of an
--   application that asks for lastval() (PHP's lastInsertId() without a name) is therefore made a
--   constraint trigger, deferrable initially deferred: it notifies at the commit.

create or replace function pgbell.notify(user_id text, kind text, data jsonb default '{}',
	subject text default null)
returns bigint language sql volatile security definer
set search_path = pgbell, pg_temp
as $$
	insert into pgbell.notification (user_id, kind, data, subject)
	values ($1, $2, $3, $4)
	returning id;
$$;
