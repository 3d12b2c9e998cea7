-- Function: pgbell.is_first_note(1)
--   Whether nothing was noted in this transaction before; from then on, something was.
-- Parameters: id, of a notification that was inserted; null for a note of another kind, which is
--   never the first
-- Returns: true if so, and whoever asked sees to it that this notification is numbered at commit:
--   triggers/notification.sql.  False: it is to be noted in pgbell.pending
-- Errors, tables: none
-- Callers: everybody who inserts, through the condition of a trigger
-- What it knows is in the setting pgbell.noted, which lasts as long as the transaction and goes back
-- with a savepoint:
--   ''            nothing is noted
--   '<id>'        the first notification is, by its trigger event alone
--   '<id> more'   and more is, in pgbell.pending
--   ' more'       all is in pgbell.pending; the first notification's id may stand behind it

create or replace function pgbell.is_first_note(id bigint)
returns boolean language plpgsql volatile
as $$
declare
	noted text := current_setting('pgbell.noted', true);
begin
	if noted like '% more%' then
		return false;
	elsif noted <> '' or id is null then
		noted := set_config('pgbell.noted', concat(noted, ' more'), true);
		return false;
	end if;
	noted := set_config('pgbell.noted', id::text, true);
	return true;
end;
$$;
