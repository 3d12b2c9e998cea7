-- Function: pgbell.note_early(2)
--   Notes notifications, as they are now, that a function of ours is about to change, where the very statement that
--   calls it may have written them:
--     with i as (insert into pgbell.notification … returning id) select pgbell.mark_read($1, id) from i
--   What that statement does is noted at its end only.  Were the mark numbered before, what nobody has counted yet
--   would be counted off.  So nothing is numbered from here on but by the commit.
-- Parameters: person, ids
-- Returns: whether it is so.  Then they are noted: an update of theirs that changes own_marks is not noted again
-- Errors: none
-- Tables: reads pgbell.inbox, pgbell.event; writes pgbell.notification, pgbell.pending
-- Callers: functions that change notifications, in a transaction that has written before
-- Which are meant: rows of which this transaction has written the version that is there (or one that began later), and
-- has written no note or event of them behind that.  A row that it has changed before in what is no event is taken
-- for one, too: then the commit numbers what might have been numbered at once.  If the statement has inserted the
-- row, pgbell.note_inserted(0) says at its end that it was not there before; if it has updated it,
-- pgbell.note_updated(0) says how it was, which knows by own_marks that this came before.
-- Form: the first look is all that most calls need, and one that asks for any of an array would be planned each time.  It
--   runs as its caller, who has pinned the search_path; see pgbell.log_one(4).

create or replace function pgbell.note_early(person text, ids bigint[])
returns boolean language plpgsql volatile
as $$
#variable_conflict use_column
declare
	one bigint := ids[1];
	self xid8;
	own record;
	early bigint[];
begin
	-- An xmin is the lower half of an xid8.
	if cardinality(ids) = 1 and not exists (
		select from pgbell.notification n
		where n.id = one
			and ((n.xmin::text::bigint - pg_current_xact_id()::text::bigint) & 4294967295) < 2147483648)
	and not exists (
		select from pgbell.pending p where p.txid = pg_current_xact_id() and num_nulls(p.is_early) = 0)
	then
		return false;
	end if;
	self := pg_current_xact_id();
	for own in
		select n.id, n.cmin::text::bigint as written
		from pgbell.notification n
		where n.id = any ($2) and n.user_id is not distinct from person
			and ((n.xmin::text::bigint - self::text::bigint) & 4294967295) < 2147483648
	loop
		if not exists (
			select from pgbell.pending p
			where p.txid = self and p.address = person and p.id = own.id and p.cmin::text::bigint > own.written)
		and not exists (
			select from pgbell.event e
			where e.txid = self and e.address = person and e.cmin::text::bigint > own.written
				and (e.data ->> 'id' = own.id::text or e.data -> 'ids' @> to_jsonb(own.id)))
		then
			early := early || own.id;
		end if;
	end loop;
	if early is null and not exists (select from pgbell.pending p where p.txid = self and num_nulls(p.is_early) = 0) then
		return false;
	end if;
	set constraints pgbell.number_at_commit deferred;
	insert into pgbell.pending as p (id, address, was_unread, is_early, fires)
	select n.id, n.user_id, n.read_at is null and pgbell.is_covered(n.id, i.read_up_to, i.read_except) is not true,
		n.id = any (coalesce(early, '{}')), row_number() over () = 1
	from pgbell.notification n
	left join pgbell.inbox i on i.address = person
	where n.id = any ($2) and n.user_id is not distinct from person
	on conflict (txid, address, id) do update
	set inserted = null, is_early = coalesce(p.is_early, false);
	update pgbell.notification n
	set own_marks = coalesce(n.own_marks, 0) + 1
	where n.id = any (early);
	return true;
end;
$$;
