-- Function: pgbell.number_inserted(0)
--   Deferred constraint trigger on pgbell.notification, for the first that a transaction inserts,
--   just before it commits: gives it its number.  Where the transaction has noted more, it joins that
--   instead, before all others, and is numbered with it.
-- Tables: writes pgbell.pending; see pgbell.number_note(4)
-- Should pgbell.noted have been lost, as by RESET ALL, it joins and is marked, which is always right.

create or replace function pgbell.number_inserted()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	noted text := coalesce(current_setting('pgbell.noted', true), '');
	data jsonb := pgbell.describe_new(new.id, new.kind, new.data, new.created_at);
	delta integer := case when new.read_at is null then 1 else 0 end;
	number bigint;
begin
	if noted = new.id::text then
		number := pgbell.number_note(new.user_id, 'new_notification', data, delta);
		noted := set_config('pgbell.noted', '', true);
	else
		insert into pgbell.pending (user_id, ord, type, data, delta, first)
		overriding system value
		values (new.user_id, new.id - 9223372036854775807, 'new_notification', data, delta,
			noted not like '% more%');
		noted := set_config('pgbell.noted', ' more ' || new.id, true);
	end if;
	return null;
end;
$$;
