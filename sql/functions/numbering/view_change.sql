-- View: pgbell.change
--   What each note has come to: the event that a notification's state before its transaction and its
--   state now make, or what is published.  No row where they make none, as for one that came and went in
--   one transaction.
-- Columns: txid, id, address   of the note
--          type                of the event
--          delta               what it adds to the number of unread notifications, by the rows alone:
--                              nothing where pgbell.is_covered(3)
--          becomes_unread      whether it is unread also where it counted as read until now
--          read_at             of the notification; null where it is gone
--          data                what the event tells; null of a mark, which is told together with others
-- Tables: reads pgbell.pending, pgbell.notification
-- Plan: one look into the index for each (`offset 0`), whatever the planner thinks of an empty table.  And
--   into that of ids, here as wherever one row is meant: no index knows `is not distinct from`, while of an
--   emptied table those that begin with the person seem as good, which then has all rows of hers read.

create or replace view pgbell.change as
select p.txid, p.id, p.address, c.type, d.delta,
	d.delta > 0 or (p.is_merged is true and n.read_at is null and n.id is not null) as becomes_unread,
	n.read_at,
	case c.type
		when 'published' then p.published
		when 'notification_deleted' then jsonb_build_object('id', p.id)
		else coalesce(n.shown, p.inserted)
	end as data
from pgbell.pending p
left join lateral (
	select n.id, n.read_at, case when p.is_changed or p.was_unread is null and p.inserted is null
		then pgbell.describe_event(n, n.read_at) end as shown
	from pgbell.notification n
	where p.published is null and n.id = p.id and n.user_id is not distinct from p.address
	offset 0
) n on true
cross join lateral (
	select (n.id is not null and n.read_at is null)::integer - (p.was_unread is true)::integer
		as delta
) d
cross join lateral (
	select case when p.published is not null then 'published' else
		pgbell.name_change(p.was_unread, p.is_changed, n.id is not null, d.delta) end as type
) c
where c.type is not null;
