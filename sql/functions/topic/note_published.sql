-- Function: pgbell.note_published(0)
--   Trigger, instead of insert on pgbell.publication: notes what is to be published, for the commit to
--   number.
-- Errors: 23502, 23514 for what is not as pgbell.publish(3) says; 428C9 for a seq or created_at of one's own
-- Tables: reads and writes pgbell.pending
-- Plan: statistics about pgbell.pending are never right, so scans of all of it are switched off.

create or replace function pgbell.note_published()
returns trigger language plpgsql volatile security definer
set search_path = pgbell, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
	self xid8 := pg_current_xact_id();
	log text := pgbell.topic_address(new.topic);
	kind pgbell.notification_kind := new.kind;
	data pgbell.notification_data := new.data;
	number bigint;
begin
	if log is null or kind is null or data is null then
		raise not_null_violation using message = format('%s of a publication is null',
			case when log is null then 'topic' when kind is null then 'kind' else 'data' end);
	elsif new.seq is not null or new.created_at is not null then
		raise exception 'seq and created_at of a publication are given at the commit'
			using errcode = 'generated_always';
	end if;
	select p.id into number
	from pgbell.pending p
	where p.txid = self and p.address = log
	order by p.id desc
	limit 1;
	insert into pgbell.pending (txid, address, id, published, fires)
	values (self, log, coalesce(number, 0) + 1, jsonb_build_object('kind', kind, 'data', data),
		number is null and not exists (select from pgbell.pending p where p.txid = self));
	return new;
end;
$$;
