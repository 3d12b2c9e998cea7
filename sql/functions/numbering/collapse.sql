-- Function: pgbell.collapse(0)
--   Trigger, before update of place on pgbell.notification: another notification becomes one with this
--   one, which has its key.  It counts, keeps who did it, is about what they have in common, is as old as
--   the newest and moves to the top.
-- Tables: reads pgbell.inbox
-- Callers: pgbell.notify(7), and an application's own upsert, which says it by moving the row to where
--   the new one would have stood:
--     insert into pgbell.notification (user_id, kind, data, key) values ($1, $2, $3, $4)
--     on conflict (user_id, key) where key is not null and read_at is null
--     do update set data = $3, place = excluded.id;
-- One that is read, or counts as read (pgbell.is_covered(3)), begins anew, with this one alone.
-- That it is unread then pgbell.number_many(0) sees to, for it may count as read only by the commit.

create or replace function pgbell.collapse()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
declare
	kept constant integer := 10;
	ids constant regclass := pg_get_serial_sequence('pgbell.notification', 'id');
begin
	-- Of two at the same time the one that drew its id first may come last; and a place beyond all ids is none.
	if (new.place > coalesce(old.place, old.id) and new.place <= pg_sequence_last_value(ids)) is not true then
		new.place := nextval(ids);
	end if;
	new.created_at := greatest(now(), old.created_at);
	if old.read_at is not null or exists (
		select from pgbell.inbox i
		where i.address = old.user_id and pgbell.is_covered(old.id, i.read_up_to, i.read_except))
	then
		new.count := null;
		new.actors := null;
		return new;
	end if;
	new.count := coalesce(old.count, 1) + 1;
	new.subject := pgbell.common_subject(old.subject, new.subject);
	new.actors := (
		select jsonb_agg(a.actor order by a.n)
		from (
			select o.actor, min(o.n) as n
			from jsonb_array_elements(jsonb_build_array(new.data -> 'actor')
				|| coalesce(old.actors, jsonb_build_array(old.data -> 'actor')))
				with ordinality o (actor, n)
			where o.actor <> 'null'
			group by o.actor
			order by n
			limit kept
		) a);
	return new;
end;
$$;
