-- Function: pgbell.number_noted(1)
--   Gives what this transaction has noted its numbers, if it has noted anything.  Where it is one note, which
--   takes a third of the time of several, without pgbell.number_many(0).
-- Parameters: self, this transaction
-- Returns: null
-- Errors: none
-- Tables: reads and empties pgbell.pending; writes pgbell.inbox, pgbell.event; see pgbell.number_one(4),
--   pgbell.number_many(0)
-- Form: as pgbell.log_one(4).  The first half is the path of every insert, of which the note has what the
--   event tells: what pgbell.number_one(4) and pgbell.log_one(4) do is written out here, without a look at
--   the row, a choice or a call.
-- Plan: its callers switch scans of all of pgbell.pending off, since statistics about it are never right.

create or replace function pgbell.number_noted(self xid8, out done text)
language plpgsql volatile
as $$
declare
	note record;
	inbox record;
	number bigint;
	is_done boolean;
begin
	delete from pgbell.pending p
	where p.txid = self and not exists (
		select from pgbell.pending q where q.txid = self offset 1
	)
	returning p.id, p.address, p.was_unread, p.is_changed, p.is_merged, p.is_gone, p.inserted, p.published
	into note;
	if note.inserted is not null then
		update pgbell.inbox i
		set seq = i.seq + 1, unread_count = i.unread_count + 1
		where i.address = note.address and i.era = pgbell.current_era() and i.read_up_to is null
		returning i.seq, i.unread_count into inbox;
		if found then
			-- The time is taken when the inbox is locked: a log's times rise with the numbers.
			insert into pgbell.event (address, seq, type, data, unread_count, created_at)
			values (note.address, inbox.seq, 'new_notification', note.inserted, inbox.unread_count,
				clock_timestamp());
			done := pgbell.wake_streams(array[note.address]);
			return;
		end if;
	end if;

	if note.id is not null then
		if note.published is not null then
			is_done := (pgbell.log_one(note.address, 'published', note.published, 0)).seq is not null;
		else
			is_done := pgbell.number_one(note.id, note.address, note.was_unread, note.is_changed);
		end if;
		if is_done then
			return;
		end if;
		insert into pgbell.pending (txid, id, address, was_unread, is_changed, is_merged, is_gone, published)
		values (self, note.id, note.address, note.was_unread, note.is_changed, note.is_merged, note.is_gone,
			note.published);
		number := pgbell.number_many();
	elsif exists (select from pgbell.pending p where p.txid = self) then
		number := pgbell.number_many();
	end if;
end;
$$;
