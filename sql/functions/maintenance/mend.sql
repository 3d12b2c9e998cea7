-- Function: pgbell.mend(1)
--   Repairs what pgbell.check_consistency(0) finds: rows that were written without triggers (under
--   session_replication_role = replica, by logical replication, by a restore with triggers off), and
--   numbers that were lost.  It counts again, and the people's streams get a reset.
-- Parameters: address   one person's or topic's, consistent or not; null for all that check_consistency()
--             names
-- Returns: a row (mended, seq, unread_count) for each that was mended
-- Errors: 23514 for what cannot be an address
-- Tables: see pgbell.mend_log(1); clears pgbell.pending of what ended transactions left; sets the
--   sequences of notifications and of announcements behind the last one
-- Callers: the owner
-- Locks: the inbox rows, in the order of addresses, until the transaction ends.

create or replace function pgbell.mend(address text default null)
returns table (mended text, seq bigint, unread_count integer)
language plpgsql volatile security definer
set search_path = pgbell, pg_temp
as $$
#variable_conflict use_column
declare
	ids regclass := pg_get_serial_sequence('pgbell.notification', 'id');
	announcements regclass := pg_get_serial_sequence('pgbell.announcement', 'id');
	broken text;
begin
	perform pgbell.number_pending();
	perform setval(ids, n.id)
	from (select max(id) as id from pgbell.notification) n
	where n.id >= nextval(ids);
	perform setval(announcements, i.id)
	from (select max(announced_up_to) as id from pgbell.inbox) i
	where i.id >= nextval(announcements);
	for broken in
		select p.id
		from (
			select $1 where $1 is not null
			union
			select c.address from pgbell.check_consistency() c where $1 is null
		) p (id)
		order by p.id collate "C" -- as numbering locks them, in a database of whatever language
	loop
		perform pgbell.mend_log(broken::pgbell.address);
		return query
		select i.address, i.seq, i.unread_count from pgbell.inbox i where i.address = broken;
	end loop;
	delete from pgbell.pending; -- what is seen of others is what they left
	delete from pgbell.announced d -- what these are is in the list, and stays
	where not exists (select from pgbell.announcement a where a.id = d.announcement_id);
end;
$$;
