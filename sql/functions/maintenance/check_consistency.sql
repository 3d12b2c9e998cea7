-- Function: pgbell.check_consistency(0)
--   Checks counts and numbers of all people and topics: each row that it returns is a contradiction.
-- Returns: address, problem (a sentence).  pgbell.mend() puts it right
-- Errors: none
-- Tables: reads pgbell.inbox, pgbell.notification, pgbell.event, pgbell.pending, pgbell.announced, all of them
-- Callers: the owner
-- Call it in a transaction that has not itself notified; what other transactions are about to do is
-- not seen and does not disturb.

create or replace function pgbell.check_consistency()
returns table (address text, problem text)
language plpgsql stable security definer
set search_path = pgbell, pg_temp
as $$
#variable_conflict use_column
begin
	return query
	with log as (
		select address from pgbell.inbox
		union select user_id from pgbell.notification
		union select address from pgbell.event
	), listed as (
		select n.user_id as address, count(*) as unread_count
		from pgbell.notification n
		left join pgbell.inbox i on i.address = n.user_id
		where n.read_at is null
			and pgbell.is_covered(n.id, i.read_up_to, i.read_except) is not true
		group by n.user_id
	), logged as (
		select address, max(seq) as last_seq,
			min(seq) filter (where before <> coalesce(prev, seq - 1)) as behind_hole,
			(array_agg(unread_count order by seq desc))[1] as unread_count
		from (
			select *, lag(seq) over (partition by address order by seq) as before
			from pgbell.event
		) e
		group by address
	)
	select p.address, c.problem
	from log p
	left join pgbell.inbox i using (address)
	left join listed n using (address)
	left join logged e using (address)
	cross join lateral (values
		(i.address is null, 'has notifications or events but no inbox'),
		(i.unread_count <> coalesce(n.unread_count, 0),
			format('unread_count is %s, but %s notifications are unread',
				i.unread_count, coalesce(n.unread_count, 0))),
		(e.last_seq <> i.seq,
			format('seq is %s, but the last event is %s', i.seq, e.last_seq)),
		(e.behind_hole is not null, format('events are missing before %s', e.behind_hole)),
		(e.unread_count <> i.unread_count,
			format('unread_count is %s, but the last event says %s', i.unread_count,
				e.unread_count))
	) as c (is_so, problem)
	where c.is_so
	union all
	select w.address, format('transaction %s ended and left %s %s without a number', w.txid,
		case when w.published is null then 'notification' else 'publication' end, w.id)
	from pgbell.pending w
	where w.txid is distinct from pg_current_xact_id_if_assigned()
	union all
	select i.address::text, format('announcements were taken up to %s, but the next one will be less',
		i.announced_up_to)
	from pgbell.inbox i
	where i.announced_up_to > (select s.last_value from pgbell.announcement_id_seq s)
	union all
	select d.user_id::text, format('notification %s is of announcement %s, which is gone',
		d.notification_id, d.announcement_id)
	from pgbell.announced d
	where not exists (select from pgbell.announcement a where a.id = d.announcement_id);
end;
$$;
